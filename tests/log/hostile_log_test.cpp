// Logs that were made to harm whoever reads them: refused with a clear word, or read in bounded time and space, and nothing in a
// report acts on a terminal.
#include <zlib.h>

#include <chrono>
#include <string>

#include "schema/log/sqlite.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

void record_sample(const std::string& log) {
  const Words words{"-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES, "--", built_program("fork_plain")};
  REQUIRE(record(words).status() == 0);
}

void tamper(const std::string& log, const std::string& sql) { Database(log, Database::Mode::read_write).run(sql); }

Ending replay(const Words& words) {
  return run({.arguments = Words{RECOUNT_REPLAY} + words, .deadline = std::chrono::seconds{20}});
}

std::string parts(const std::string& rows) {
  return "INSERT INTO trace_run SELECT * FROM trace_run; UPDATE trace_run SET run_uuid = 'b' WHERE rowid = 2;"
         "UPDATE trace_run SET run_uuid = 'a' WHERE rowid = 1; INSERT INTO trace_part VALUES " +
         rows;
}

TEST_CASE("parts of a merged log whose ids overlap or overflow are refused", "[hostile]") {
  for (const char* rows : {"(1, 4611686018427387903, 'a', 4294967295, 4294967295, 4294967295)",  // its own parent
                           "(1, 20, 'a', 0, 0, 0), (21, 4611686018427387903, 'b', 4294967290, 4294967290, 4294967290)",
                           "(1, 20, 'a', 0, 0, 0), (21, 4611686018427387903, 'b', -1, 0, 0)",
                           "(1, 20, 'a', 0, 0, 0), (21, 4611686018427387903, 'b', 0, 0, 0)",  // overlap
                           "(1, 20, 'a', 5, 5, 5), (21, 4611686018427387903, 'b', 9, 9, 9)",  // ids that nobody has
                           "(1, 20, 'a', 0, 0, 0), (15, 4611686018427387903, 'b', 9, 9, 9)",
                           "(1, 20, 'a', 0, 0, 0), (21, 4611686018427387903, 'a', 9, 9, 9)"}) {  // a run twice
    const TemporaryFolder folder;
    record_sample(folder.file("run.db"));
    tamper(folder.file("run.db"), parts(rows));
    for (const char* command : {"summary", "failures", "verify"}) {
      const Ending ending = replay({command, folder.file("run.db")});
      INFO(rows << ": " << ending.output << ending.errors);
      CHECK_FALSE(ending.timed_out);
      CHECK(ending.status() == 2);
      CHECK_THAT(ending.errors, ContainsSubstring("do not fit together"));
    }
  }
}

TEST_CASE("a million parts are refused at once", "[hostile]") {
  const TemporaryFolder folder;
  record_sample(folder.file("run.db"));
  tamper(folder.file("run.db"),
         "CREATE TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000000) SELECT i "
         "FROM c;"
         "CREATE TABLE r AS SELECT * FROM trace_run; DELETE FROM trace_run; UPDATE r SET run_uuid = 'x';"
         "INSERT INTO trace_run SELECT r.* FROM n, r; UPDATE trace_run SET run_uuid = 'u' || rowid;"
         "INSERT INTO trace_part SELECT rowid, rowid, run_uuid, rowid - 1, rowid - 1, rowid - 1 FROM trace_run;"
         "DROP TABLE n; DROP TABLE r");
  const Ending ending = replay({"summary", folder.file("run.db")});
  INFO(ending.errors);
  CHECK_FALSE(ending.timed_out);
  CHECK(ending.status() == 2);
  CHECK_THAT(ending.errors, ContainsSubstring("more than 65536 runs"));
}

// 16 MiB of blanks take 16 KiB. Each file has its own, and in all they are 16 GiB.
TEST_CASE("texts that take far more room than the log are not all unpacked", "[hostile]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  record_sample(log);
  const std::string blanks(16 << 20, ' ');
  uLongf size = compressBound(blanks.size());
  std::string packed(size, '\0');
  REQUIRE(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(blanks.data()),
                    blanks.size(), 9) == Z_OK);
  packed.resize(size);
  {
    Database database(log, Database::Mode::read_write);
    database.run("DELETE FROM trace_source; DELETE FROM trace_file_source");
    Statement(database, "INSERT INTO trace_source VALUES ('h', 16777216, ?)").bind_blob(1, packed).execute();
    database.run(
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)"
        "INSERT INTO trace_file SELECT 1000 + i, (SELECT path FROM trace_file LIMIT 1) || i FROM c;"
        "INSERT INTO trace_file_source SELECT file_id, 1, 'h', 0, NULL FROM trace_file;"
        "UPDATE trace_probe_line SET file_id = 1000 + line");
  }
  const Ending ending = replay({"coverage", log, "--format", "html", "-o", folder.file("x.html")});
  INFO(ending.errors);
  CHECK_FALSE(ending.timed_out);
  CHECK(ending.status() == 0);
  CHECK(fs::file_size(folder.file("x.html")) < (16 << 20));
}

// ESC, CSI (U+009B) and the character that turns the writing direction round (U+202E).
TEST_CASE("no format lets a name of a log act on a terminal", "[hostile]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  record_sample(log);
  tamper(
      log,
      "UPDATE trace_file SET path = path || char(27) || '[31m' || char(155) || char(8238);"
      "UPDATE trace_function SET name = name || char(27) || char(155) || char(8238), linkage_name = name || char(155);"
      "UPDATE trace_exec SET argv = json_array('x' || char(27) || char(155) || char(8238)), path = path || char(8238);"
      "UPDATE trace_run SET hostname = char(155)");
  std::vector<Words> reports;
  for (const char* format : {"text", "annotate", "lcov", "cobertura", "json", "gcovr", "gcovr7", "sonarqube",
                             "coveralls", "codecov", "markdown", "github", "html", "badge"})
    reports.push_back({"coverage", "--root", "/", "--format", format});
  for (const char* format : {"text", "json", "jsonl", "csv", "chrome", "otlp-json"})
    reports.push_back({"export", "--format", format});
  for (const char* command : {"summary", "failures", "tree", "events", "verify"})
    for (const char* format : {"text", "json"}) reports.push_back({command, "--format", format});
  for (const char* format : {"text", "json", "jsonl", "csv", "markdown"})
    reports.push_back({"query", "SELECT path, argv FROM exec", "--format", format});
  for (Words report : reports) {
    report.insert(report.begin() + 1, log);
    const Ending ending = replay(report);
    INFO(report[0] << " " << report.back() << ": " << ending.errors);
    CHECK(ending.status() == 0);
    for (const char* harm : {"\x1b", "\xc2\x9b", "\xe2\x80\xae"}) CHECK(ending.output.find(harm) == std::string::npos);
  }
}

}  // namespace
}  // namespace recount::test
