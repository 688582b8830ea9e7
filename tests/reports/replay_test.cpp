// The analyzer on logs that somebody changed, cut, damaged or never wrote: it names the row, or
// says what the file is.
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "replay/recount/history.hpp"
#include "replay/text/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

Verdict verdict_of(const std::string& path) {
  const LogFile log(path);
  History history(log);  // it must bear whatever the log says, too
  return Recount(log).run(&history);
}

// The first event that differs after the SQL was run on an eventful log.
struct Tampered {
  explicit Tampered(const std::string& sql) {
    const TemporaryFolder folder;
    write_eventful_log(folder.file("log"));
    tamper(folder.file("log"), sql);
    const Verdict verdict = verdict_of(folder.file("log"));
    if (verdict.divergence) divergence = *verdict.divergence;
  }
  Divergence divergence;
};

Seq find(const std::string& where) {
  const TemporaryFolder folder;
  write_eventful_log(folder.file("log"));
  const Database database(folder.file("log"), Database::Mode::read_only);
  Statement row(database, "SELECT seq FROM trace_event WHERE " + where + " ORDER BY seq LIMIT 1");
  return row.step() ? static_cast<Seq>(row.integer(0)) : 0;
}

std::string at(Seq seq) { return " WHERE seq = " + std::to_string(seq); }

std::string complaint_about(const std::string& path) {
  try {
    const LogFile log(path);
    Recount(log).run(nullptr);
    return "";
  } catch (const FileError& error) {
    return error.what();
  } catch (const SqliteError& error) {
    return explain(error);
  }
}

void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

TEST_CASE("any row that is deleted is named") {
  const TemporaryFolder folder;
  write_eventful_log(folder.file("whole"));
  const Seq last = verdict_of(folder.file("whole")).last_seq;
  for (Seq seq = 1; seq <= last; ++seq) {
    const Divergence divergence = Tampered("DELETE FROM trace_event" + at(seq)).divergence;
    CHECK(divergence.seq == seq);
    CHECK_THAT(divergence.what, ContainsSubstring("event " + std::to_string(seq) + " is missing"));
  }
}

TEST_CASE("a hit whose pc was changed is named with its answer") {
  const Seq stop = find("kind = 4 AND value = 128");
  const Divergence divergence = Tampered("UPDATE trace_event SET address = address + 5" + at(stop)).divergence;
  CHECK(divergence.seq == stop + 1);
  CHECK(divergence.cause == stop);
  CHECK_THAT(divergence.what, ContainsSubstring("event " + std::to_string(stop) + " (signal_delivery_stop)"));
}

TEST_CASE("an action that was changed is named, whatever was changed in it") {
  const Seq lift = find("kind = 41");
  const std::string change = GENERATE("kind = 42", "address = address + 1", "value = 3", "exec_id = 7", "utid = 9",
                                      "tid = 9", "cause_seq = 1");
  const Divergence divergence = Tampered("UPDATE trace_event SET " + change + at(lift)).divergence;
  INFO(change);
  CHECK(divergence.seq == lift);
  CHECK(divergence.cause == lift - 1);
  CHECK_THAT(divergence.what, ContainsSubstring("event " + std::to_string(lift)));
}

TEST_CASE("a signal that was delivered and one that was not are told apart") {
  const Seq cont = find("kind = 35 AND value = 15");
  CHECK(Tampered("UPDATE trace_event SET value = 0" + at(cont)).divergence.seq == cont);
}

TEST_CASE("an observation that was changed is named") {
  const Seq fork = find("kind = 7"), stop = find("kind = 6"), death = find("kind = 3");
  CHECK(Tampered("UPDATE trace_event SET utid = 5" + at(stop)).divergence.seq == stop);
  CHECK(Tampered("UPDATE trace_event SET kind = 7" + at(stop)).divergence.seq == stop);
  CHECK(Tampered("UPDATE trace_event SET kind = 99" + at(stop)).divergence.seq == stop);
  CHECK(Tampered("UPDATE trace_event SET kind = 0" + at(stop)).divergence.seq == stop);
  CHECK(Tampered("UPDATE trace_event SET status = 0" + at(stop)).divergence.seq == stop);
  CHECK(Tampered("UPDATE trace_event SET status = 1407" + at(death)).divergence.seq == death);
  CHECK(Tampered("UPDATE trace_event SET time_ns = 1" + at(stop)).divergence.seq == stop);
  CHECK(Tampered("UPDATE trace_new_task SET tid = 7" + at(fork)).divergence.seq == fork);
  CHECK(Tampered("UPDATE trace_event SET kind = 1" + at(fork)).divergence.seq == fork);
}

TEST_CASE("a task that is made its own child is a divergence, not a crash") {
  const Seq fork = find("kind = 7");
  const std::string sql =
      "UPDATE trace_new_task SET tid = 100" + at(fork) + "; UPDATE trace_event SET value = 100" + at(fork);
  CHECK(Tampered(sql).divergence.seq == fork);
}

TEST_CASE("a process that is made the child of its own thread is a divergence, not a crash") {
  const Seq clone = find("kind = 9 AND tid = 101 AND value = 107");
  const std::string sql = "UPDATE trace_new_task SET tid = 101" + at(clone + 2) +
                          "; UPDATE trace_event SET value = 101, kind = 9, status = 197503, tid = 104" + at(clone + 2) +
                          "; INSERT INTO trace_new_task VALUES (" + std::to_string(clone + 2) + ", 101, 101, 2)";
  CHECK(Tampered(sql).divergence.seq == clone + 2);
}

TEST_CASE("births, execs and the run's own count are checked against the events") {
  const Seq fork = find("kind = 7"), exec = find("kind = 11");
  CHECK(Tampered("UPDATE trace_birth SET upid = 9" + at(fork)).divergence.seq == fork);
  CHECK(Tampered("DELETE FROM trace_birth" + at(fork)).divergence.seq == fork);
  CHECK(Tampered("INSERT INTO trace_birth VALUES (2, 77, 77, 77, 1)").divergence.seq != 0);
  CHECK(Tampered("UPDATE trace_exec SET exec_id = 9" + at(exec)).divergence.seq == exec);
  CHECK(Tampered("DELETE FROM trace_exec" + at(exec)).divergence.seq == exec);
  CHECK(Tampered("UPDATE trace_run SET event_count = 3").divergence.seq != 0);
  CHECK(Tampered("DELETE FROM trace_image").divergence.seq == exec);
}

TEST_CASE("every number of every row can be anything, and nothing worse than a divergence comes of it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  const Seq last = verdict_of(path).last_seq;
  for (const std::string column :
       {"kind", "tid", "utid", "status", "address", "value", "exec_id", "error", "cause_seq"})
    for (const std::string value : {"NULL", "-1", "100", "101", "7", "9223372036854775807", "'text'"})
      for (Seq seq = 1; seq <= last; seq += 3) {
        if (column == "kind" && value == "NULL") continue;  // the table itself refuses that
        const std::string copy = folder.file("copy");
        std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
        tamper(copy, "UPDATE trace_event SET " + column + " = " + value + at(seq));
        CHECK_NOTHROW(verdict_of(copy));
      }
}

TEST_CASE("a file that is no log is called what it is") {
  const TemporaryFolder folder;
  CHECK_THAT(complaint_about(folder.file("missing")), ContainsSubstring("No such file"));
  CHECK_THAT(complaint_about(folder.path().string()), ContainsSubstring("is a directory"));
  write_file(folder.file("empty"), "");
  CHECK_THAT(complaint_about(folder.file("empty")), ContainsSubstring("is empty"));
  write_file(folder.file("text"), "this is no database, but it is long enough to be one");
  CHECK_THAT(complaint_about(folder.file("text")), ContainsSubstring("not even an SQLite file"));
  tamper(folder.file("other"), "CREATE TABLE t (a)");
  CHECK_THAT(complaint_about(folder.file("other")), ContainsSubstring("no log of a run"));
}

TEST_CASE("a log of another shape or of a newer version is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  SECTION("newer file") {
    tamper(path, "PRAGMA user_version = 2");
    CHECK_THAT(complaint_about(path), ContainsSubstring("use a newer recount-replay"));
  }
  SECTION("newer run") {
    tamper(path, "UPDATE trace_run SET schema_version = 2");
    CHECK_THAT(complaint_about(path), ContainsSubstring("use a newer recount-replay"));
  }
  SECTION("newer machine") {
    tamper(path, "UPDATE trace_run SET machine_version = machine_version + 1");
    CHECK_THAT(complaint_about(path), ContainsSubstring("use a newer recount-replay"));
  }
  SECTION("no run") {
    tamper(path, "DELETE FROM trace_run");
    CHECK_THAT(complaint_about(path), ContainsSubstring("without a run"));
  }
  SECTION("a table is missing") {
    tamper(path, "DROP TABLE trace_usage");
    CHECK_THAT(complaint_about(path), ContainsSubstring("no table trace_usage"));
  }
  SECTION("a column is missing") {
    tamper(path, "DROP TABLE trace_usage; CREATE TABLE trace_usage (seq INTEGER PRIMARY KEY)");
    CHECK_THAT(complaint_about(path), ContainsSubstring("another shape"));
  }
  SECTION("a view stands in for a table") {
    tamper(path,
           "DROP TABLE trace_usage; CREATE VIEW trace_usage AS SELECT 1 AS seq, 1 AS user_us, 1 AS "
           "system_us, "
           "1 AS max_rss_kib");
    CHECK_THAT(complaint_about(path), ContainsSubstring("no table trace_usage"));
  }
}

TEST_CASE("a value that no recorder writes is refused before it fills the memory") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  tamper(path, "UPDATE trace_run SET cwd = zeroblob(65 * 1048576)");
  CHECK_THAT(complaint_about(path), ContainsSubstring("too big"));
}

TEST_CASE("damaged pages are an error, not a crash") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  std::string whole(size, '\0');
  std::ifstream(path, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(size));
  constexpr std::size_t kPage = 1024;
  REQUIRE(size % kPage == 0);
  for (std::size_t page = 0; page < size; page += kPage) {
    std::string damaged = whole;
    for (std::size_t i = page + (page == 0 ? 100 : 0); i < page + kPage; i += 7) damaged[i] = '\xa5';
    write_file(folder.file("damaged"), damaged);
    CHECK_NOTHROW(complaint_about(folder.file("damaged")));
  }
  write_file(folder.file("short"), whole.substr(0, size / 2));
  CHECK_THAT(complaint_about(folder.file("short")), ContainsSubstring("damaged"));
}

TEST_CASE("a log with no event yet is cut short before the first") {
  const TemporaryFolder folder;
  { LogBuilder log(folder.file("log")); }
  const Verdict verdict = verdict_of(folder.file("log"));
  CHECK(verdict.agrees());
  CHECK(verdict.events == 0);
  CHECK_FALSE(verdict.sealed);
}

TEST_CASE("text of a log can not command a terminal") {
  CHECK(visible("a\x1b[31m\n\xff") == "a\\x1b[31m\\n\\xff");
  CHECK(visible("ä€😀") == "ä€😀");
  CHECK(visible("\xe2\x80\xae"
                "abc") == "\\u{202e}abc");
  CHECK(visible("\xc0\x80\xed\xa0\x80") == "\\xc0\\x80\\xed\\xa0\\x80");
  CHECK(shell_quoted({"a b", "", "it's", "-x=1"}) == "'a b' '' 'it'\\''s' -x=1");
  CHECK(shortened("abcdefgh", 5) == "ab...");
  CHECK(percent_text(999, 1000) == "99.9");
  CHECK(percent_text(99999, 100000) == "99.9");
}

}  // namespace
}  // namespace recount::test
