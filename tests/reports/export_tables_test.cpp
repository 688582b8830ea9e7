// The views as files for other engines: their places and rows, held against the views, and loaded by the engines themselves.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

struct Exported {
  explicit Exported(const std::vector<std::string>& options = {"--tables"}) {
    write_eventful_log(log);
    tamper(
        log,
        "INSERT INTO trace_run_tag (key, value) VALUES ('vcs.repository.url.full', 'https://host/group/parser.git'), "
        "('vcs.ref.head.name', 'main'); INSERT INTO trace_branch VALUES (1, 16, 1, 1, 1, 0, 0, NULL, 1, NULL)");
    write(options);
  }
  void write(const std::vector<std::string>& options) const {
    std::vector<std::string> words{"export", log, "-o", tables};
    words.insert(words.end(), options.begin(), options.end());
    const Ending ending = replay(words);
    INFO(ending.errors);
    CHECK(ending.status() == 0);
    CHECK(ending.output.empty());
  }
  fs::path file_of(const std::string& view) const {
    const std::string date = value(log, "SELECT date(start_unix_ns / 1000000000, 'unixepoch') FROM run");
    return fs::path(tables) / view / ("date=" + date) / "repo=parser" /
           (value(log, "SELECT run_uuid FROM run") + ".jsonl");
  }
  TemporaryFolder folder;
  std::string log = folder.file("run.db"), tables = folder.file("tables");
};

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<Json> rows_in(const fs::path& path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  CHECK(file);
  for (std::string line; std::getline(file, line);) rows.push_back(Json::parse(line));
  return rows;
}

std::vector<std::string> promised_views() {
  std::vector<std::string> views;
  for (const Json& view : Json::parse(replay({"schema", "--format", "json"}).output)) views.push_back(view["name"]);
  return views;
}

TEST_CASE("each view has a file with its rows, and beside them whose run it is", "[tables]") {
  const Exported exported;
  for (const std::string& view : promised_views()) {
    INFO(view);
    const auto rows = rows_in(exported.file_of(view));
    const auto wanted =
        Json::parse(replay({"query", exported.log, "SELECT * FROM " + view, "--format", "json"}).output);
    REQUIRE(rows.size() == wanted.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Json row = rows[i];
      CHECK((row["repository"] == "parser" && row["branch"] == "main" && row["commit"].is_null()));
      CHECK(exported.file_of(view).string().find("date=" + row["date"].get<std::string>()) != std::string::npos);
      for (const char* const name : {"date", "repository", "branch", "commit"}) row.erase(name);
      Json expected = wanted[i];
      if (view == "branch") {
        CHECK(row["branch_branch"] == expected["branch"]);
        row.erase("branch_branch"), expected.erase("branch");
      }
      CHECK(row == expected);
    }
  }
}

TEST_CASE("views can be chosen, and writing again changes nothing", "[tables]") {
  const Exported exported({"--tables=run,process"});
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(exported.tables)) folders.insert(entry.path().filename());
  CHECK(folders == std::set<std::string>{"process", "run"});
  const auto before = rows_in(exported.file_of("process"));
  exported.write({"--tables=process"});
  CHECK(rows_in(exported.file_of("process")) == before);
}

TEST_CASE("packed files have the same rows, are the same each time, and take the place of the others", "[tables]") {
  const Exported exported({"--tables=process"});
  const fs::path plain = exported.file_of("process"), packed = plain.string() + ".gz";
  const std::string rows = read_file(plain.string());
  exported.write({"--tables=process", "--gzip"});
  CHECK_FALSE(fs::exists(plain));
  CHECK(consume({"gzip", "-dc", packed.string()}) == rows);
  const std::string bytes = read_file(packed.string());
  exported.write({"--tables=process", "--gzip"});
  CHECK(read_file(packed.string()) == bytes);
  exported.write({"--tables=process"});
  CHECK_FALSE(fs::exists(packed));
  CHECK_THAT(replay({"export", "--gzip", exported.log}).errors, ContainsSubstring("--gzip belongs to --tables"));
}

TEST_CASE("the runs of a merged log have their own files", "[tables]") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a.db"), b = folder.file("b.db"), both = folder.file("both.db");
  write_eventful_log(a);
  write_orphans_log(b);
  tamper(b, "UPDATE trace_run SET run_uuid = '../../up'");
  REQUIRE(replay({"merge", a, b, "-o", both}).status() == 0);
  REQUIRE(replay({"export", "--tables=process", both, "-o", folder.file("tables")}).status() == 0);
  std::size_t rows = 0, files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.file("tables")))
    if (entry.is_regular_file()) ++files, rows += rows_in(entry.path()).size();
  CHECK(files == 2);
  CHECK(std::to_string(rows) == value(both, "SELECT count(*) FROM process"));
  CHECK_FALSE(fs::exists(folder.path() / "up.jsonl"));
}

TEST_CASE("what can't be written is said", "[tables]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_eventful_log(log);
  CHECK_THAT(replay({"export", "--tables", log}).errors, ContainsSubstring("name their folder with -o DIR"));
  CHECK_THAT(replay({"export", "--tables=proces", log, "-o", folder.file("t")}).errors,
             ContainsSubstring("--tables: there is no view proces, there is run, "));
  CHECK_THAT(replay({"export", "--tables", log, "-o", folder.file("t"), "--format", "chrome"}).errors,
             ContainsSubstring("--tables writes jsonl"));
  CHECK_THAT(replay({"export", "--tables", log, "-o", log}).errors, ContainsSubstring("run.db/run/date="));
}

// Makes the tables, loads everything twice, and says how many rows each view has then.
std::string loaded(const Exported& exported, const std::string& engine, const std::string& script) {
  const std::string ddl = replay({"schema", "--format", engine}).output;
  std::ofstream(exported.folder.file("ddl.sql")) << ddl;
  std::ofstream(exported.folder.file("load.js")) << script;
  std::vector<std::string> command{"node", "load.js", exported.tables};
  for (const std::string& view : promised_views()) command.push_back(view);
  return consume(command, exported.folder.path().string());
}

std::string counted(const Exported& exported) {
  std::string counts;
  for (const std::string& view : promised_views())
    counts += view + " " + value(exported.log, "SELECT count(*) FROM (SELECT DISTINCT * FROM " + view + ")") + "\n";
  return counts;
}

TEST_CASE("ClickHouse loads each table, and loading twice changes nothing", "[chdb]") {
  if (!have("node") || !have_node_module("chdb")) return;
  const Exported exported;
  CHECK_THAT(loaded(exported, "clickhouse", R"(
const {Session} = require('chdb'), fs = require('fs');
const session = new Session(), [folder, ...views] = process.argv.slice(2);
for (const statement of fs.readFileSync('ddl.sql', 'utf8').split(';\n').filter(s => s.trim())) session.query(statement);
for (const view of [...views, ...views])
  if (session.query(`SELECT count() FROM file('${folder}/${view}/*/*/*.jsonl', LineAsString)`, 'CSV').trim() !== '0')
    session.query(`INSERT INTO "${view}" SELECT * FROM file('${folder}/${view}/*/*/*.jsonl', JSONEachRow) SETTINGS use_hive_partitioning = 0`);
for (const view of views) {
  session.query(`OPTIMIZE TABLE "${view}" FINAL`);
  console.log(view, session.query(`SELECT count() FROM "${view}"`, 'CSV').trim());
}
session.close();
)"),
             ContainsSubstring(counted(exported)));
}

TEST_CASE("DuckDB loads each table, and rows that are there are not loaded again", "[duckdb]") {
  if (!have("node") || !have_node_module("@duckdb/node-api")) return;
  const Exported exported;
  CHECK_THAT(loaded(exported, "duckdb", R"(
const {DuckDBInstance} = require('@duckdb/node-api'), fs = require('fs');
(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect(), [folder, ...views] = process.argv.slice(2);
  await connection.run(fs.readFileSync('ddl.sql', 'utf8'));
  for (const view of [...views, ...views]) {
    const types = (await connection.runAndReadAll(`SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '${view}' ORDER BY column_index`)).getRows();
    const columns = types.map(([name, type]) => `'${name}': '${type}'`).join(', ');
    await connection.run(`INSERT INTO "${view}" SELECT * FROM read_json('${folder}/${view}/*/*/*.jsonl', format = 'newline_delimited', hive_partitioning = false, columns = {${columns}}) EXCEPT SELECT * FROM "${view}"`);
  }
  for (const view of views) console.log(view, String((await connection.runAndReadAll(`SELECT count(*) FROM "${view}"`)).getRows()[0][0]));
})();
)"),
             ContainsSubstring(counted(exported)));
}

}  // namespace
}  // namespace recount::test
