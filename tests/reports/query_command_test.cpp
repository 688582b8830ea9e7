// SQL over a log: what is answered, in every format, and what a stranger's log or a careless
// statement can not do.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

Ending replay(std::vector<std::string> arguments, const std::string& input = {}) {
  arguments.insert(arguments.begin(), RECOUNT_REPLAY);
  return run({.arguments = arguments, .input = input});
}

std::string answer(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "query");
  const Ending ending = replay(arguments);
  INFO(arguments.back());
  CHECK(ending.errors == "");
  CHECK(ending.status() == 0);
  return ending.output;
}

std::string complaint(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "query");
  const Ending ending = replay(arguments);
  INFO(arguments.back());
  CHECK(ending.status() == 2);
  CHECK(ending.output == "");
  CHECK_THAT(ending.errors, Catch::Matchers::StartsWith("recount-replay: "));
  return ending.errors;
}

// A log of each kind, each with a run_uuid of its own.
struct Samples {
  Samples() {
    for (const SampleLog& sample : sample_logs()) {
      const std::string path = folder.file(std::string(sample.name) + ".db");
      sample.write(path);
      tamper(path, "UPDATE trace_run SET run_uuid = '" + std::string(sample.name) + "'");
      paths.push_back(path);
    }
  }
  TemporaryFolder folder;
  std::vector<std::string> paths;
};

struct Eventful {
  Eventful() { write_eventful_log(path); }
  TemporaryFolder folder;
  const std::string path = folder.file("run.db");
};

std::string csv_of(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + (row[i] == "null" ? "" : row[i]);
    text += '\n';
  }
  return text;
}

std::string without_first_line(const std::string& text) { return text.substr(text.find('\n') + 1); }

const std::vector<std::string> kViews{"run",           "run_tag",
                                      "process",       "thread",
                                      "exec",          "exec_env",
                                      "span",          "blocked",
                                      "process_tree",  "process_ancestor",
                                      "signal",        "crash",
                                      "backtrace",     "crash_thread",
                                      "crash_wait",    "crash_register",
                                      "crash_image",   "image",
                                      "hit",           "branch",
                                      "line_coverage", "function_coverage",
                                      "file_coverage", "source",
                                      "test_process",  "test",
                                      "test_line",     "output",
                                      "event",         "diagnostic"};

// The columns with what csv would quote turned into something else.
std::string unquoted_columns(const std::string& log, const std::string& view) {
  std::string columns;
  for (const Row& row : query(log, "SELECT name FROM pragma_table_info('" + view + "')"))
    columns += (columns.empty() ? "" : ", ") + ("replace(replace(" + row[0] + ", ',', ';'), '\"', '')");
  return columns;
}

TEST_CASE("each view answers as the view in the file does", "[query]") {
  const Samples samples;
  for (const std::string& path : samples.paths)
    for (const std::string& view : kViews) {
      INFO(path << ", " << view);
      const std::string sql = "SELECT " + unquoted_columns(path, view) + " FROM " + view;
      CHECK(without_first_line(answer({path, "--format", "csv", sql})) == csv_of(query(path, sql)));
    }
}

TEST_CASE("each format says the same in its own way", "[query]") {
  const Eventful log;
  const std::string sql =
      "SELECT 1 AS n, 'a,b' AS t, NULL AS t, x'00ff' AS \"b|c\", 1.5 AS r UNION ALL "
      "SELECT 200, char(34, 27) || 'x', 'y', NULL, -2.0";
  CHECK(answer({log.path, sql}) ==
        "  n  t       t  b|c      r\n"
        "---  ------  -  ----  ----\n"
        "  1  a,b        00ff   1.5\n"
        "200  \"\\x1bx  y        -2.0\n");
  const std::string rows = R"({"n":1,"t":"a,b","t:1":null,"b|c":"00ff","r":1.5})"
                           "\n"
                           R"({"n":200,"t":"\"\u001bx","t:1":"y","b|c":null,"r":-2.0})"
                           "\n";
  CHECK(answer({log.path, "--format", "jsonl", sql}) == rows);
  std::string array = "[\n" + rows + "]\n";
  array.insert(array.find("}\n") + 1, ",");
  CHECK(answer({log.path, "--format", "json", sql}) == array);
  CHECK(answer({log.path, "--format", "csv", sql}) == "n,t,t,b|c,r\n1,\"a,b\",,00ff,1.5\n200,\"\"\"\\x1bx\",y,,-2.0\n");
  CHECK(answer({log.path, "--format", "markdown", sql}) ==
        "| n | t | t | b\\|c | r |\n| :--- | :--- | :--- | :--- | :--- |\n"
        "| 1 | a,b |  | 00ff | 1.5 |\n| 200 | \"\\\\x1bx | y |  | -2.0 |\n");
}

TEST_CASE("no rows are said to be none", "[query]") {
  const Eventful log;
  const std::string sql = "SELECT pid FROM process WHERE 0";
  CHECK(answer({log.path, sql}) == "pid\n---\n(no rows)\n");
  CHECK(Json::parse(answer({log.path, "--format", "json", sql})) == Json::array());
  CHECK(answer({log.path, "--format", "jsonl", sql}) == "");
  CHECK(answer({log.path, "--format", "csv", sql}) == "pid\n");
}

TEST_CASE("a table of text lines up, and a row behind the first thousand still comes", "[query]") {
  const Eventful log;
  const std::string table =
      answer({log.path, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2500) SELECT x FROM c"});
  CHECK(std::count(table.begin(), table.end(), '\n') == 2502);
  CHECK_THAT(table, ContainsSubstring("\n   1\n") && Catch::Matchers::EndsWith("\n2500\n"));
}

TEST_CASE("every query with a name runs on every log, and on all of them together", "[query]") {
  const Samples samples;
  const Json list = Json::parse(answer({"--list", "--format", "json"}));
  CHECK(list.size() == 43);
  for (const Json& query : list) {
    const std::string name = "@" + query["name"].get<std::string>();
    INFO(name);
    CHECK_THAT(query["sentence"].get<std::string>(), Catch::Matchers::EndsWith("."));
    for (const std::string& path : samples.paths) answer({path, name});
    std::vector<std::string> all = samples.paths;
    all.push_back(name);
    answer(all);
  }
}

std::string rows_of(const std::string& log, const std::string& name) {
  return without_first_line(answer({log, "--format", "csv", name}));
}

TEST_CASE("queries with a name answer what they say", "[query]") {
  const Eventful log;
  const std::string& path = log.path;
  const auto first_columns = [&](const std::string& log_path, const std::string& name, std::size_t count) {
    std::string text;
    std::istringstream lines(rows_of(log_path, name));
    for (std::string line; std::getline(lines, line); text += '\n') {
      std::istringstream fields(line);
      std::string field;
      for (std::size_t i = 0; i < count && std::getline(fields, field, ','); ++i) text += (i == 0 ? "" : ",") + field;
    }
    return text;
  };
  CHECK(rows_of(path, "@execs") == "/bin/new,1,1\n/bin/other,1,1\n/bin/prog,1,1\n");
  CHECK(first_columns(path, "@failed", 5) == "3,102,1,,9\n5,105,1,127,\n2,101,1,,15\n1,100,,3,\n");
  CHECK(first_columns(path, "@first-failure", 4) == "0b5f5c0e-run,0,3,102\n0b5f5c0e-run,1,1,100\n");
  CHECK(rows_of(path, "@signals") == "SIGTRAP,2,1,0\nSIGTERM,2,1,1\nSIGKILL,1,1,1\nSIGUSR1,1,1,0\nSIGCHLD,1,1,0\n");
  CHECK(first_columns(path, "@last-lines", 7) ==
        "3,102,,9,/src/a.c,3,other\n5,105,127,,/src/a.c,5,\"helper\n"
        "2,101,,15,/src/a.c,5,\"helper\n1,100,3,,/src/a.c,10,\"helper\n");
  CHECK(rows_of(path, "@most-forked") == "/bin/prog,4,1\n");
  CHECK(first_columns(path, "@threads", 3) == "2,101,3\n1,100,2\n3,102,1\n4,106,1\n5,105,1\n");
  CHECK(rows_of(path, "@files") == "/src/b.h,3,0,3,0.0\n/src/a.c,5,5,0,100.0\n");
  CHECK(rows_of(path, "@uncovered-functions") == "/src/b.h,1,main\n/src/b.h,8,A::A()\n");
  CHECK(first_columns(path, "@single-process-lines", 2) == "/src/a.c,10\n/src/a.c,20\n");
  CHECK(rows_of(path, "@uninstrumented") == "/bin/plain,no debug information,1\n");
  CHECK(rows_of(path, "@images") == "/bin/prog,8,4,b1d\n/bin/other,1,1,b1d\n");
  CHECK_THAT(rows_of(path, "@killed"),
             ContainsSubstring(R"(,2,101,"[""new"",""program""]",100,1,"[""prog"",""--flag""]")"));
  CHECK(rows_of(path, "@orphans") == "");
  const std::string orphans = log.folder.file("orphans.db"), family = log.folder.file("family.db");
  write_orphans_log(orphans);
  write_family_log(family);
  CHECK(first_columns(orphans, "@orphans", 3) == "2,101,1\n");
  CHECK(first_columns(orphans, "@alive", 3) == "2,101,1\n");
  CHECK(first_columns(family, "@deepest", 3) == "0,1,100\n1,2,101\n2,3,102\n3,4,103\n4,5,104\n5,6,105\n");
}

TEST_CASE("shell commands are those behind -c, whatever stands before it", "[query]") {
  const Eventful log;
  tamper(log.path,
         "UPDATE trace_exec SET path = '/usr/bin/bash', argv = CASE exec_id WHEN 1 THEN '[\"bash\",\"-ec\",\"make\"]' "
         "WHEN 2 THEN 'no JSON' ELSE '[\"bash\",\"--rc\",\"-c\"]' END");
  const std::string rows = rows_of(log.path, "@shell-commands");
  CHECK_THAT(rows, ContainsSubstring(",/usr/bin/bash,make,/src\n"));
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 1);
}

TEST_CASE("a statement comes from a file, from standard input, or last", "[query]") {
  const Eventful log;
  const std::string file = log.folder.file("pids.sql"), out = log.folder.file("out.csv");
  std::ofstream(file) << "-- how many\nSELECT COUNT(*) AS n\nFROM process;\n-- that's all\n";
  CHECK(answer({log.path, "-f", file}) == answer({log.path, "SELECT COUNT(*) AS n FROM process"}));
  const Ending piped = replay({"query", "-f", "-", "--format", "csv", log.path}, "SELECT 7 AS seven");
  CHECK(piped.output == "seven\n7\n");
  CHECK(answer({log.path, "-o", out, "--format", "csv", "SELECT 8 AS eight"}) == "");
  complaint({log.path, "-o", out, "SELECT abs(-9223372036854775807 - 1)"});
  std::ostringstream kept;
  kept << std::ifstream(out).rdbuf();
  CHECK(kept.str() == "eight\n8\n");
}

TEST_CASE("several logs are asked as one, and run_uuid tells them apart", "[query]") {
  const Samples samples;
  std::vector<std::string> arguments = samples.paths;
  arguments.insert(arguments.end(),
                   {"--format", "csv", "SELECT run_uuid, COUNT(*) FROM process GROUP BY 1 ORDER BY 1"});
  std::string expected;
  for (const char* name : {"eventful", "family", "late threads", "lost", "orphans"})
    for (const std::string& path : samples.paths)
      if (path.find(name) != std::string::npos)
        expected += std::string(name) + "," + value(path, "SELECT COUNT(*) FROM process") + "\n";
  CHECK(without_first_line(answer(arguments)) == expected);
}

TEST_CASE("what may be read may be counted, by any spelling", "[query]") {
  const Eventful log;
  for (const char* from : {"trace_event", "main.trace_event", "TRACE_EVENT", "(SELECT * FROM trace_event)", "event",
                           "temp.event", "\"Event\""})
    CHECK(answer({log.path, "--format", "csv", std::string("SELECT COUNT(*) AS n FROM ") + from}) == "n\n100\n");
  for (const std::string& view : kViews) answer({log.path, "SELECT COUNT(*) FROM " + view});
  answer({log.path, "SELECT (SELECT COUNT(*) FROM trace_origin), (SELECT COUNT(*) FROM temp.Trace_Origin)"});
  CHECK(answer({log.path, "--format", "csv", "WITH c AS (SELECT 1 UNION SELECT 2) SELECT COUNT(*) AS n FROM c"}) ==
        "n\n2\n");
  CHECK(answer({log.path, "--format", "csv", "SELECT COUNT(*) AS n FROM json_each('[1,2,3]')"}) == "n\n3\n");
}

// What SQLite asks first, and is refused, depends on its version: 3.40 makes the table, 3.46 reads its columns, and fts5 asks for
// a PRAGMA.
void check_virtual_is_refused(const std::string& log, const std::string& sql) {
  CHECK_THAT(complaint({log, sql}), ContainsSubstring("virtual table is refused") ||
                                        ContainsSubstring("is no table of a log that may be read") ||
                                        ContainsSubstring("PRAGMA is refused"));
}

TEST_CASE("what would write, reach out or look elsewhere is refused", "[query]") {
  const Eventful log;
  const std::string other = log.folder.file("other.db");
  const std::vector<std::pair<std::string, std::string>> refused{
      {"INSERT INTO trace_run SELECT * FROM trace_run", "INSERT"},
      {"UPDATE trace_run SET cwd = ''", "UPDATE"},
      {"DELETE FROM trace_event", "DELETE"},
      {"WITH x AS (SELECT 1) DELETE FROM trace_event RETURNING seq", "DELETE"},
      {"DROP TABLE trace_event", "refused"},
      {"CREATE TEMP TABLE t AS SELECT 1", "refused"},
      {"DROP VIEW temp.process", "refused"},
      {"ATTACH '" + other + "' AS other", "ATTACH"},
      {"VACUUM INTO '" + other + "'", "no rows"},
      {"PRAGMA writable_schema = 1", "PRAGMA"},
      {"PRAGMA user_version", "PRAGMA"},
      {"COMMIT", "a transaction"},
      {"SAVEPOINT s", "SAVEPOINT"},
      {"SELECT writefile('" + other + "', 'x')", "writefile"},
      {"SELECT readfile('/etc/passwd')", "readfile"},
      {"SELECT load_extension('/tmp/x.so')", "load_extension"},
      {"SELECT sql FROM sqlite_master", "sqlite_master is no table"},
      {"SELECT COUNT(*) FROM sqlite_temp_master", "is no table"},
      {"SELECT * FROM main.process", "access to view"},
  };
  for (const auto& [sql, word] : refused) CHECK_THAT(complaint({log.path, sql}), ContainsSubstring(word));
  for (const char* const what : {"COUNT(*)", "file"})
    check_virtual_is_refused(log.path, std::string("SELECT ") + what + " FROM pragma_database_list");
  CHECK_FALSE(std::filesystem::exists(other));
}

TEST_CASE("a statement that is none is said to be", "[query]") {
  const Eventful log;
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"SELECT 1; SELECT 2", "more than one statement"},
      {"SELECT 1; DROP TABLE trace_event", "more than one statement"},
      {"SELECT 1; nonsense", "more than one statement"},
      {"", "empty"},
      {" ; -- nothing\n", "empty"},
      {"SELECT ?", "parameter"},
      {"SELECT nix FROM process", "no such column: nix"},
      {"SELECT 1\nFROM nowhere\n", "no such table: nowhere"},
      {"SELECT 1,\n 2 FORM process", "line 2"},
      {"@nowhere", "--list"},
      {"SELECT json_extract('{', '$.a')", "malformed JSON; 0 rows"},
      {"SELECT hex(zeroblob(100000000))", "too big"},
  };
  for (const auto& [sql, word] : wrong) CHECK_THAT(complaint({log.path, sql}), ContainsSubstring(word));
  std::string deep = "SELECT 1";
  for (int i = 0; i < 300; ++i) deep += "+1";
  CHECK_THAT(complaint({log.path, deep}), ContainsSubstring("maximum depth"));
  CHECK_THAT(complaint({"SELECT 1", log.path}), ContainsSubstring("the statement comes last"));
  CHECK_THAT(complaint({log.path}), ContainsSubstring("after it, a statement"));
  CHECK_THAT(complaint({}), ContainsSubstring("after it, a statement"));
  CHECK_THAT(complaint({"-f", log.path + ".sql", log.path}), ContainsSubstring("cannot be read"));
  CHECK_THAT(complaint({"-f", log.folder.path().string(), log.path}), ContainsSubstring("cannot be read"));
  CHECK_THAT(complaint({log.path, "--format", "xml", "SELECT 1"}), ContainsSubstring("unknown format xml"));
}

std::string all_views(const std::string& path) {
  std::string text;
  for (const std::string& view : kViews) text += answer({path, "--format", "jsonl", "SELECT * FROM " + view});
  return text;
}

TEST_CASE("views, triggers and tables that a stranger put into the log are never asked", "[query]") {
  const Eventful log;
  const std::string before = all_views(log.path);
  std::string sql;
  for (const std::string& view : kViews)
    sql += "DROP VIEW " + view + "; CREATE VIEW " + view + " AS SELECT 'fooled' AS argv, load_extension('x') AS y;";
  for (const Row& helper :
       query(log.path, "SELECT name FROM sqlite_master WHERE type = 'view' AND name GLOB 'trace_*'"))
    sql += "DROP VIEW " + helper[0] + "; CREATE TABLE " + helper[0] + "(seq, run_uuid, upid, utid);";
  sql +=
      "CREATE TRIGGER t AFTER INSERT ON trace_event BEGIN SELECT load_extension('x'); END;"
      "CREATE VIEW mine AS SELECT 'fooled' AS x; CREATE TABLE secret(x); INSERT INTO secret VALUES (1);"
      "CREATE VIRTUAL TABLE virtual USING fts5(x); INSERT INTO virtual VALUES ('fooled');"
      "CREATE TABLE json_tree(x); INSERT INTO json_tree VALUES ('fooled')";
  tamper(log.path, sql);
  CHECK(all_views(log.path) == before);
  CHECK_THAT(complaint({log.path, "SELECT * FROM mine"}), ContainsSubstring("access to view"));
  const std::vector<std::pair<std::string, std::string>> tables{
      {"secret", "may be read"}, {"virtual_content", "may be read"}, {"json_tree", "may be read"}};
  for (const auto& [table, word] : tables) {
    CHECK_THAT(complaint({log.path, "SELECT * FROM " + table}), ContainsSubstring(word));
    CHECK_THAT(complaint({log.path, "SELECT COUNT(*) FROM " + table}), ContainsSubstring(word));
  }
  for (const char* const table : {"json_each", "virtual"})
    for (const char* const what : {"*", "COUNT(*)"})
      check_virtual_is_refused(log.path, std::string("SELECT ") + what + " FROM " + table);
}

TEST_CASE("where a table stands that may be missing, anything else is not looked at", "[query]") {
  const Eventful log;
  const std::string before = all_views(log.path);
  tamper(log.path,
         "DROP TABLE trace_part; CREATE VIEW trace_part AS SELECT 1 AS first_seq, 99999 AS last_seq, 'fooled' AS "
         "run_uuid, 0 AS utid_base, 0 AS upid_base, 0 AS exec_base;"
         "DROP TABLE trace_part_image; CREATE VIRTUAL TABLE trace_part_image USING fts5(run_uuid, image_id, path);"
         "INSERT INTO trace_part_image VALUES ('fooled', 1, 'fooled')");
  CHECK(all_views(log.path) == before);
}

TEST_CASE("a log of an older minor version is answered as far as it goes", "[query]") {
  const Eventful log;
  const std::string before = all_views(log.path);
  std::string sql;  // the views go first: they would hold on to a column
  for (const Row& view : query(log.path, "SELECT name FROM sqlite_master WHERE type = 'view'"))
    sql += "DROP VIEW " + view[0] + ";";
  tamper(log.path, sql +
                       "DROP TABLE trace_part; DROP TABLE trace_part_image; DROP TABLE trace_no_follow; "
                       "DROP TABLE trace_watch; DROP TABLE trace_source; DROP TABLE trace_file_source;"
                       "ALTER TABLE trace_diagnostic DROP COLUMN run_uuid");
  CHECK(all_views(log.path) == before);
  answer({log.path, "@sources"});
}

TEST_CASE("names from the log do not reach the terminal raw", "[query]") {
  const Eventful log;
  tamper(log.path, "UPDATE trace_exec SET path = char(27) || '[31m<b>' || char(8238)");
  for (const char* format : {"text", "markdown"}) {
    const std::string text = answer({log.path, "--format", format, "SELECT path FROM exec"});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
  }
  CHECK_THAT(answer({log.path, "--format", "markdown", "SELECT path FROM exec"}), ContainsSubstring("\\<b\\>"));
}

TEST_CASE("the text of a source can be asked for as in sqlite3", "[query]") {
  const Eventful log;
  // 40 times an a, as zlib packs it
  CHECK(answer({log.path, "--format", "csv",
                "SELECT CAST(sqlar_uncompress(x'789c4b4c240e000036eb0f29', 40) AS TEXT) AS t"}) ==
        "t\n" + std::string(40, 'a') + "\n");
  CHECK(answer({log.path, "--format", "csv", "SELECT CAST(sqlar_uncompress('abc', 3) AS TEXT) AS t"}) == "t\nabc\n");
  CHECK_THAT(complaint({log.path, "SELECT sqlar_uncompress('abc', 4)"}), ContainsSubstring("does not have that size"));
  CHECK_THAT(complaint({log.path, "SELECT sqlar_uncompress('abc', 1 << 40)"}), ContainsSubstring("too big"));
}

TEST_CASE("a damaged log is answered as far as it goes, and that is said", "[query]") {
  const Eventful log;
  const std::string grow =
      "INSERT INTO trace_diagnostic WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5000) "
      "SELECT x, 'info', 'k', printf('%0200d', x), NULL, NULL FROM c";
  tamper(log.path, grow);
  std::filesystem::resize_file(log.path, std::filesystem::file_size(log.path) / 2);
  const Ending ending = replay({"query", log.path, "SELECT time_ns FROM diagnostic"});
  CHECK(ending.status() == 2);
  CHECK_THAT(ending.errors, ContainsSubstring("is damaged"));
}

TEST_CASE("schema lists the promised views, and says of each what its columns are", "[query]") {
  const Eventful log;
  const Json schema = Json::parse(replay({"schema", "--format", "json"}).output);
  std::vector<std::string> names;
  for (const Json& view : schema) {
    names.push_back(view["name"]);
    INFO(names.back());
    std::vector<Row> columns;
    for (const Json& column : view["columns"]) {
      columns.push_back({column["name"]});
      const std::string type = column["type"];
      CHECK((type == "TEXT" || type == "INTEGER" || type == "REAL" || (type.empty() && column["name"] == "content")));
    }
    CHECK(columns == query(log.path, "SELECT name FROM pragma_table_info('" + names.back() + "')"));
    CHECK_THAT(view["prose"].get<std::string>(), Catch::Matchers::EndsWith("."));
    CHECK((!view["paragraphs"].empty() || !view["columns"][1]["meaning"].get<std::string>().empty()));
    REQUIRE(view["example"].is_string());
    answer({"--", log.path, view["example"]});
  }
  CHECK(names == kViews);
  for (const Row& view :
       query(log.path, "SELECT name FROM sqlite_master WHERE type = 'view' AND name NOT GLOB 'trace_*'"))
    CHECK(std::count(names.begin(), names.end(), view[0]) == 1);
}

TEST_CASE("schema says of a view what the manual says, and knows no other names", "[query]") {
  const Ending process = replay({"schema", "process"});
  CHECK(process.status() == 0);
  CHECK_THAT(
      process.output,
      ContainsSubstring(
          "  parent_upid     INTEGER  the process that forked it; NULL for the root, and where it is not known\n") &&
          ContainsSubstring("FROM process\n"));
  CHECK_THAT(replay({"schema"}).output, ContainsSubstring("\nprocess            One row for each process.\n"));
  const Ending unknown = replay({"schema", "nix"});
  CHECK(unknown.status() == 2);
  CHECK_THAT(unknown.errors, ContainsSubstring("there is no view nix, there is run, run_tag, process"));
  CHECK(replay({"schema", "trace_event"}).status() == 2);
  CHECK_THAT(replay({"schema", "/dev/null"}).errors, ContainsSubstring("takes no log"));
}

}  // namespace
}  // namespace recount::test
