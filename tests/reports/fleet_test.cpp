// The questions of tools/fleet, asked of ClickHouse: its answers are those of a store with the same runs.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

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
    std::ofstream(folder.file("ddl.sql")) << replay({"schema", "--format", "clickhouse"}).output;
  }

  Json of_store(const std::string& question) const {
    return Json::parse(replay({question, store, "--format", "json"}).output);
  }

  // Each question's answer, by its name.
  Json of_clickhouse(const std::vector<std::string>& questions) const {
    std::ofstream(folder.file("ask.js")) << R"(
const {Session} = require('chdb'), fs = require('fs');
const [fleet, ...questions] = process.argv.slice(2), session = new Session(), answers = {};
const statements = path => fs.readFileSync(path, 'utf8').split(';\n').filter(text => text.trim());
for (const path of ['ddl.sql', `${fleet}/results.sql`]) for (const statement of statements(path)) session.query(statement);
for (let times = 0; times < 2; ++times)
  for (const view of ['run', 'run_tag', 'test', 'file_coverage'])
    session.query(`INSERT INTO ${view} SELECT * FROM file('tables/${view}/*/*/*.jsonl.gz', JSONEachRow) SETTINGS use_hive_partitioning = 0`);
for (const question of questions)
  answers[question] = session.query(statements(`${fleet}/${question}.sql`)[0] + ' SETTINGS output_format_json_quote_64bit_integers = 0', 'JSONEachRow')
    .split('\n').filter(line => line).map(line => JSON.parse(line));
for (const statement of statements(`${fleet}/retention.sql`)) session.query(statement);
console.log(JSON.stringify(answers));
session.close();
)";
    std::vector<std::string> command{"node", "ask.js", RECOUNT_SOURCES "/tools/fleet"};
    command.insert(command.end(), questions.begin(), questions.end());
    return Json::parse(consume(command, folder.path().string()));
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
  const std::vector<std::string> questions{"history", "flaky", "slower", "regressions", "trend"};
  const Json answers = fleet.of_clickhouse(questions);
  for (const std::string& question : questions) {
    INFO(question);
    const Json expected = fleet.of_store(question);
    CHECK_FALSE(expected.empty());
    check_same(expected, answers.at(question));
  }
}

}  // namespace
}  // namespace recount::test
