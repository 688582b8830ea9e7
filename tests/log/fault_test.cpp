// Everything that a recording asks of the disk and of memory fails once, or for ever, or is the last thing that its recorder
// does: the program is not disturbed, no log is damaged, and what stood at the log's place is there, or was replaced by a whole
// log. Journals that another recorder left are never rolled into a new log.
//
// RECOUNT_ALL_POINTS=1 takes each point, which is a matter of minutes; without it they are a sample.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "schema/log/sqlite.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

using Files = std::map<std::string, std::string>;

const Words kProgram{"sh", "-c", "/bin/true; echo out; exit 3"};

// --- a log that was left in the middle of a commit ---

struct Broken {
  std::string log, journal;
};

// SQLite writes pages of the transaction to the file, and those that it replaces to the journal. Both are copied meanwhile.
Broken broken_log() {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  REQUIRE(record({"-q", "-o", path, "--", "sh", "-c", "for i in 1 2 3; do /bin/true; done; exit 7"}).status() == 7);
  Database database(path, Database::Mode::read_write);
  database.run(
      "PRAGMA synchronous=OFF; PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN;"
      "UPDATE trace_event SET time_ns = time_ns + 1; UPDATE trace_event_kind SET meaning = meaning || 'x';"
      "CREATE TABLE x AS SELECT * FROM trace_event; INSERT INTO x SELECT x.* FROM x, trace_event_kind, "
      "trace_event_kind b");
  Broken broken{contents_of(path), contents_of(path + "-journal")};
  database.run("ROLLBACK");
  return broken;
}

void write_broken(const TemporaryFolder& folder, const Broken& broken, bool with_log) {
  if (with_log) write(folder.file("run.db"), broken.log);
  write(folder.file("run.db-journal"), broken.journal);
}

std::string exit_code_in(const std::string& log) { return value(log, "SELECT exit_code FROM run"); }

void check_only(const TemporaryFolder& folder, const std::string& name) {
  const Files files = all_files(folder.path());
  for (const auto& [path, text] : files) CHECK(path == folder.file(name));
  CHECK(files.size() == 1);
}

TEST_CASE("a journal whose log was removed is not rolled into the next log", "[fault][journal]") {
  const Broken broken = broken_log();
  for (const bool with_log : {false, true}) {
    const TemporaryFolder folder;
    write_broken(folder, broken, with_log);
    write(folder.file("run.db-wal"), "what another program left\n");
    const Words force = with_log ? Words{"--force"} : Words{};
    CHECK(record(force + Words{"-q", "-o", folder.file("run.db"), "--", "sh", "-c", "exit 3"}).status() == 3);
    check_only(folder, "run.db");
    check_sealed(folder.file("run.db"));
    CHECK(exit_code_in(folder.file("run.db")) == "3");
    CHECK(value(folder.file("run.db"), "SELECT count(*) = max(seq) FROM trace_event") == "1");
  }
}

TEST_CASE("a start with --force that fails leaves the log before it as it was, with its journal", "[fault][journal]") {
  const Broken broken = broken_log();
  const TemporaryFolder folder;
  write_broken(folder, broken, true);
  write(folder.path() / "script", "#!/no/such/interpreter\n", 0755);
  const Files before = all_files(folder.path());
  CHECK(record({"--force", "-q", "-o", folder.file("run.db"), "--", folder.file("script")}).status() == 127);
  CHECK(all_files(folder.path()) == before);
  fs::remove(folder.file("run.db"));
  CHECK(record({"-q", "-o", folder.file("run.db"), "--", folder.file("script")}).status() == 127);
  CHECK(contents_of(folder.file("run.db-journal")) == broken.journal);
}

TEST_CASE("a merged log is not given the journal of the log that it replaces", "[fault][journal]") {
  const Broken broken = broken_log();
  const TemporaryFolder folder;
  write_broken(folder, broken, true);
  const TemporaryFolder other;
  REQUIRE(record({"-q", "-o", other.file("a.db"), "--", "sh", "-c", "exit 3"}).status() == 3);
  const Words merge{RECOUNT_REPLAY, "merge", "--force", "-o", folder.file("run.db"), other.file("a.db")};
  CHECK(run({.arguments = merge}).status() == 0);
  check_only(folder, "run.db");
  CHECK(exit_code_in(folder.file("run.db")) == "3");
}

// --- each call that writes fails, or is the last ---

Ending record_with(const std::string& fault, const TemporaryFolder& folder, const Words& arguments,
                   const std::string& count = "/dev/null") {
  return run({.arguments = recorder(arguments),
              .environment = {"LD_PRELOAD=" RECOUNT_FAULTS, "RECOUNT_FAULT=" + fault,
                              "RECOUNT_FAULT_FOLDER=" + folder.path().string(), "RECOUNT_FAULT_COUNT=" + count}});
}

long points_of(const std::string& kind, const Words& arguments, const TemporaryFolder& folder) {
  const TemporaryFolder elsewhere;
  record_with(kind, folder, arguments, elsewhere.file("count"));
  const long points = std::atol(contents_of(elsewhere.file("count")).c_str());
  REQUIRE(points > 10);
  return points;
}

// Of the points from 1 to `all`: a sample of that size, which has the first ones and the last.
std::vector<long> points_to_try(long all, long sample) {
  const bool each = std::getenv("RECOUNT_ALL_POINTS") != nullptr || all <= sample;
  std::vector<long> points;
  for (long i = 0; i < (each ? all : sample); ++i) points.push_back(each ? i + 1 : 1 + i * (all - 1) / (sample - 1));
  return points;
}

struct Trial {
  const Broken& broken;
  bool with_log;  // that --force replaces; else its journal alone is there
  std::string fault;

  Words arguments(const TemporaryFolder& folder) const {
    const Words options{"-o", folder.file("run.db"), "--no-coverage", "--"};
    return (with_log ? Words{"--force"} : Words{}) + options + kProgram;
  }
};

// The log of this run, whole, or cut short where that was said.
void check_log(const std::string& log, const Ending& ending) {
  const Ending verify = run({.arguments = {RECOUNT_REPLAY, "verify", log}});
  INFO(verify.output << verify.errors);
  CHECK(verify.status() == 0);
  CHECK(value(log, "PRAGMA integrity_check") == "ok");
  CHECK_THAT(value(log, "SELECT argv FROM run"), ContainsSubstring("echo out"));
  const bool is_whole = value(log, "SELECT status FROM run") == "complete";
  CHECK((is_whole || ending.signal == SIGKILL || ending.errors.find("incomplete") != std::string::npos));
}

// Whatever was left is swept away by the next recording, and what was only put aside comes back before anything else.
void check_next(const Trial& trial, const TemporaryFolder& folder, const Files& before, bool is_replaced) {
  const std::string log = folder.file("run.db");
  if (trial.with_log && !is_replaced) {
    CHECK(record({"-q", "-o", log, "--", "true"}).status() == 125);
    CHECK(all_files(folder.path()) == before);
  }
  CHECK(record({"--force", "-q", "-o", log, "--no-coverage", "--", "sh", "-c", "exit 5"}).status() == 5);
  check_only(folder, "run.db");
  CHECK(exit_code_in(log) == "5");
}

// The program is there, at its first instruction, and the log before it is not: that was asked for.
bool was_replaced(const TemporaryFolder& folder) {
  for (const auto& [path, text] : all_files(folder.path()))
    if (path.find(".replaced-") != std::string::npos && !path.ends_with("-journal")) return false;
  return fs::exists(folder.file("run.db")) && contents_of(folder.file("run.db")).find("echo out") != std::string::npos;
}

void check_trial(const Trial& trial) {
  const TemporaryFolder folder;
  write_broken(folder, trial.broken, trial.with_log);
  const Files before = all_files(folder.path());
  const Ending ending = record_with(trial.fault, folder, trial.arguments(folder));
  INFO(trial.fault << (trial.with_log ? ", a log is replaced: " : ": ") << ending.errors);
  const bool ran = ending.output == "out\n";
  const bool is_killed = ending.signal == SIGKILL;  // of the last points not each is reached: commits go by time
  const bool is_once = !is_killed && trial.fault.find('+') == std::string::npos;
  REQUIRE((ran || ending.output.empty()));
  CHECK((!is_killed || trial.fault.starts_with("kill")));
  if (!is_killed) CHECK(ending.status() == (ran ? 3 : 125));
  if (is_once && !ran) CHECK(all_files(folder.path()) == before);
  if (!is_killed && !ran) CHECK_THAT(ending.errors, StartsWith("recount-record: ") && ContainsSubstring("run.db"));
  const bool is_replaced = ran || (is_killed && trial.with_log && was_replaced(folder));
  if (is_replaced) check_log(folder.file("run.db"), ending);
  check_next(trial, folder, before, is_replaced);
}

TEST_CASE("every write, truncation, link and unlink of a recording may fail or be its last", "[fault][storage]") {
  const Broken broken = broken_log();
  for (const bool with_log : {false, true}) {
    const TemporaryFolder folder;
    write_broken(folder, broken, with_log);
    const long all = points_of("storage", Trial{broken, with_log, ""}.arguments(folder), folder);
    for (const char* const kind : {"eio", "eio+", "enospc", "enospc+", "kill"})
      for (const long point : points_to_try(all, 16))
        check_trial({broken, with_log, std::string(kind) + ":" + std::to_string(point)});
  }
}

// --- each allocation fails ---

// `running` allocations, while the program runs, are the last; making the empty log takes 40,000.
void check_allocations(const Words& program, long running) {
  const Ending untraced = run({.arguments = program});
  const TemporaryFolder scratch;
  const auto arguments = [&](const std::string& log) {
    return Words{"--no-cache", "--force", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES, "--"} + program;
  };
  const long all = points_of("memory", arguments(scratch.file("run.db")), scratch);
  std::vector<long> points = points_to_try(all, 20);
  for (const long point : points_to_try(running, 60)) points.push_back(all - running + point);
  int started = 0;
  for (const long point : points) {
    const TemporaryFolder folder;
    const Ending ending = record_with("memory:" + std::to_string(point), folder, arguments(folder.file("run.db")));
    INFO("allocation " << point << " of " << all << ": " << ending.errors);
    if (ending.status() == 125) {
      CHECK(ending.output.empty());
      CHECK_THAT(ending.errors, StartsWith("recount-record: ") && ContainsSubstring("memory"));
      CHECK(fs::is_empty(folder.path()));
      continue;
    }
    ++started;
    CHECK(ending.output == untraced.output);
    CHECK(ending.status() == untraced.status());
    CHECK(run({.arguments = {RECOUNT_REPLAY, "verify", folder.file("run.db")}}).status() == 0);
    check_only(folder, "run.db");
  }
  CHECK(started > 10);
}

TEST_CASE("every allocation of a recording may fail", "[fault][memory]") {
  check_allocations({built_program("fork_exec"), built_program("greet")}, 1300);
}

TEST_CASE("every allocation of a crash's report may fail", "[fault][memory]") {
  check_allocations({built_program("crash"), "abort"}, 1000);
}

}  // namespace
}  // namespace recount::test
