// The questions of tools/fleet, asked of ClickHouse: its answers are those of a store with the same runs.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/store/line_set.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;

constexpr int kRuns = 9;

// One test goes back and forth, one is broken since the sixth run, one is slow in the last. Two runs each have a commit in common.
void write_run(const std::string& path, int number) {
  {
    LogBuilder log(path);
    const ImageId image = log.image("/src/any", {{0x10, "/src/lib/a.c", {3}, "f"}, {0x20, "/src/lib/a.c", {4}, "g"}});
    log.spawned(100);
    log.exec(100, R"(["make","check"])", image);
    if (number > 3) log.hit(100, 0x20);
    int pid = 101;
    const auto test = [&](const std::string& name, bool passes, int ms) {
      log.fork(100, pid);
      log.stop(pid);
      log.exec(pid, R"(["unit","--gtest_filter=)" + name + "\"]");
      log.advance(std::int64_t{ms} * 1'000'000);
      log.exited(pid++, passes ? 0 : 1);
    };
    test("Go.back_and_forth", number % 2 == 0, 5);
    test("Break.late", number < 6, 7);
    test("Take.long", true, number + 1 == kRuns ? 50 : 10 + number % 3);
    log.exited(100, number < 6 && number % 2 == 0 ? 0 : 2);
    log.echild();
    log.finish();
  }
  const std::string start = std::to_string(1'700'000'000'000'000'000 + std::int64_t{number} * 86'400'000'000'000);
  tamper(path, "UPDATE trace_run SET run_uuid = 'run-" + std::to_string(number) + "', start_unix_ns = " + start +
                   ", source_roots = '[\"/src\"]'");
  tamper(
      path,
      "INSERT INTO trace_run_tag (key, value) VALUES ('vcs.repository.name', 'parser'), ('vcs.ref.head.name', 'main'), "
      "('cicd.pipeline.name', 'ci'), ('vcs.ref.head.revision', 'c" +
          std::to_string(number / 2) + "')");
}

const std::vector<std::string> kQuestions{"history", "flaky", "slower", "regressions", "trend"};

Json of_store(const std::string& store, const std::string& question) {
  return Json::parse(replay({question, store, "--format", "json"}).output);
}

// Each question's answer by its name, and how long it took; `loads` are statements that fill the tables.
Json of_clickhouse(const TemporaryFolder& folder, const std::vector<std::string>& loads) {
  std::ofstream(folder.file("ddl.sql")) << replay({"schema", "--format", "clickhouse"}).output;
  std::ofstream(folder.file("loads.json")) << Json(loads);
  std::ofstream(folder.file("ask.js")) << R"(
const {Session} = require('chdb'), fs = require('fs');
const [fleet, ...questions] = process.argv.slice(2), session = new Session(), answers = {}, took_ms = {};
const statements = path => fs.readFileSync(path, 'utf8').split(';\n').filter(text => text.trim());
const timed = (name, work) => { const began = performance.now(), made = work(); took_ms[name] = performance.now() - began; return made; };
for (const path of ['ddl.sql', `${fleet}/results.sql`]) for (const statement of statements(path)) session.query(statement);
timed('load', () => { for (const load of JSON.parse(fs.readFileSync('loads.json', 'utf8'))) session.query(load); });
for (const question of questions)
  answers[question] = timed(question, () => session.query(statements(`${fleet}/${question}.sql`)[0] + ' SETTINGS output_format_json_quote_64bit_integers = 0', 'JSONEachRow'))
    .split('\n').filter(line => line).map(line => JSON.parse(line));
const bytes = Number(session.query(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()`, 'TSV'));
for (const statement of statements(`${fleet}/retention.sql`)) session.query(statement);
console.log(JSON.stringify({answers, took_ms, bytes}));
session.close();
)";
  std::vector<std::string> command{"node", "ask.js", RECOUNT_SOURCES "/tools/fleet"};
  command.insert(command.end(), kQuestions.begin(), kQuestions.end());
  return Json::parse(consume(command, folder.path().string()));
}

// Each file twice, as by an upload that was repeated.
std::vector<std::string> loads_of_files() {
  std::vector<std::string> loads;
  for (int times = 0; times < 2; ++times)
    for (const std::string view : {"run", "run_tag", "test", "file_coverage"})
      loads.push_back("INSERT INTO " + view + " SELECT * FROM file('tables/" + view +
                      "/*/*/*.jsonl.gz', JSONEachRow) SETTINGS use_hive_partitioning = 0");
  return loads;
}

struct Fleet {
  Fleet() {
    std::vector<std::string> add{"store", "add", store},
        write{"export", "--tables=run,run_tag,test,file_coverage", "--gzip", "-o", folder.file("tables")};
    for (int number = 0; number < kRuns; ++number) {
      const std::string log = folder.file("run-" + std::to_string(number) + ".db");
      write_run(log, number);
      add.push_back(log), write.push_back(log);
    }
    REQUIRE(replay(add).status() == 0);
    REQUIRE(replay(write).status() == 0);
  }

  TemporaryFolder folder;
  std::string store = folder.file("store.db");
};

// What both tell, row by row; numbers may be a double in one of them.
void check_same(const Json& expected, const Json& found) {
  REQUIRE(expected.size() == found.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::size_t common = 0;
    for (const auto& [key, value] : expected[i].items()) {
      if (!found[i].contains(key)) continue;
      INFO("row " << i << ", " << key);
      CHECK(found[i][key] == value);
      ++common;
    }
    CHECK(common >= 6);
  }
}

// And how long the store took.
std::map<std::string, double> check_same_answers(const std::string& store, const Json& told) {
  std::map<std::string, double> took_ms;
  for (const std::string& question : kQuestions) {
    INFO(question);
    const auto began = std::chrono::steady_clock::now();
    const Json expected = of_store(store, question);
    took_ms[question] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    CHECK_FALSE(expected.empty());
    check_same(expected, told["answers"].at(question));
  }
  return took_ms;
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

TEST_CASE("each statement of the fleet is told of in its README", "[fleet]") {
  const std::filesystem::path folder = std::filesystem::path(RECOUNT_SOURCES) / "tools/fleet";
  std::ifstream file(folder / "README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    CHECK_THAT(readme, Catch::Matchers::ContainsSubstring(
                           entry.path().extension() == ".sql" ? entry.path().filename().string() : ""));
}

TEST_CASE("ClickHouse answers each question of the fleet as the store does, also when all was loaded twice", "[chdb]") {
  if (!have("node") || !have_node_module("chdb")) return;
  const Fleet fleet;
  check_same_answers(fleet.store, of_clickhouse(fleet.folder, loads_of_files()));
}

// What ClickHouse would have of the runs of a store, by jobs that uploaded their tables.
struct Upload {
  std::string view, columns, rows;
};
const std::vector<Upload> kUploads{
    {"run", "date, repository, branch, commit, run_uuid, start_unix_ns, duration_ns, exit_code",
     "'start_unix_ns', start_unix_ns, 'duration_ns', duration_ns, 'exit_code', (outcome <> 'passed') * 8) FROM run"},
    {"run_tag", "date, repository, branch, commit, run_uuid, key, value",
     "'key', 'cicd.pipeline.name', 'value', job) FROM run"},
    {"test", "date, repository, branch, commit, run_uuid, test, runner, failed, duration_ns",
     "'test', name, 'runner', runner, 'failed', CASE result WHEN 'failed' THEN 1 WHEN 'passed' THEN 0 END, "
     "'duration_ns', r.duration_ns) "
     "FROM result r JOIN run USING (run_id) JOIN test USING (test_id)"},
    {"file_coverage", "date, repository, branch, commit, run_uuid, file, lines, lines_hit",
     "'file', path, 'lines', l.lines, 'lines_hit', l.lines_hit) FROM file_lines l JOIN run USING (run_id) "
     "JOIN file USING (file_id)"}};

std::vector<std::string> upload(const std::string& store, const TemporaryFolder& folder) {
  std::vector<std::string> loads;
  for (const Upload& upload : kUploads) {
    std::ofstream file(folder.file(upload.view + ".jsonl"));
    for (const Row& row : query(store,
                                "SELECT json_object('date', date(start_unix_ns / 1000000000, 'unixepoch'), "
                                "'repository', repository, 'branch', branch, 'commit', \"commit\", 'run_uuid', "
                                "run_uuid, " +
                                    upload.rows))
      file << row[0] << '\n';
    loads.push_back("INSERT INTO " + upload.view + " (" + upload.columns + ") SELECT " + upload.columns +
                    " FROM file('" + upload.view + ".jsonl', JSONEachRow)");
  }
  return loads;
}

// RECOUNT_FLEET_RUNS=10000 makes so many, and tells what they cost: tools/fleet/README.md has the figures.
std::string runs_wanted() {
  const char* const wanted = std::getenv("RECOUNT_FLEET_RUNS");
  return wanted ? wanted : "200";
}

std::string many_runs(const TemporaryFolder& folder) {
  const std::string log = folder.file("first.db"), store = folder.file("store.db");
  write_run(log, 5);
  tamper(log,
         "INSERT INTO trace_source VALUES ('first', 4, CAST('f\ng\n' AS BLOB)); INSERT INTO trace_file_source VALUES "
         "(1, 1, 'first', 0, NULL)");
  REQUIRE(replay({"store", "add", store, log}).status() == 0);
  std::ifstream file(RECOUNT_SOURCES "/tools/fleet/many_runs.sql");
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  tamper(store, "CREATE TEMP TABLE wanted AS SELECT " + runs_wanted() + " AS runs; " + script);
  return store;
}

TEST_CASE("many runs are made the same in every try, and their lines come back", "[fleet]") {
  const TemporaryFolder one, other;
  const std::string a = many_runs(one), b = many_runs(other);
  const std::string sum = "SELECT count(*), sum(duration_ns), sum(lines_hit), group_concat(outcome, '') FROM run";
  CHECK(query(a, sum) == query(b, sum));
  CHECK(value(a, "SELECT count(*) FROM result WHERE run_id > 1") == std::to_string(20 * std::stoi(runs_wanted())));
  for (const Row& row : query(a, "SELECT hex(lines) FROM line_set LIMIT 20")) {
    INFO(row[0]);
    CHECK_FALSE(unpacked_lines(bytes_of_hex(row[0])).empty());
  }
}

TEST_CASE("ClickHouse answers each question to many runs as the store does", "[chdb]") {
  if (!have("node") || !have_node_module("chdb")) return;
  const TemporaryFolder folder;
  const std::string store = many_runs(folder);
  const Json told = of_clickhouse(folder, upload(store, folder));
  const std::map<std::string, double> took_ms = check_same_answers(store, told);
  if (std::getenv("RECOUNT_FLEET_RUNS") == nullptr) return;
  std::cout << runs_wanted() << " runs: store " << std::filesystem::file_size(store) << " bytes, ClickHouse "
            << told["bytes"] << " bytes, loaded in " << told["took_ms"]["load"] << " ms\n";
  for (const std::string& question : kQuestions)
    std::cout << question << ": store " << took_ms.at(question) << " ms, ClickHouse " << told["took_ms"][question]
              << " ms\n";
}

}  // namespace
}  // namespace recount::test
