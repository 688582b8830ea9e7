// What recount-record writes and where, and what it leaves to the program: its streams and its exit
// status.
#include <csignal>
#include <filesystem>
#include <map>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracer/log/output_file.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

// --- the log's place ---

TEST_CASE("--force replaces a log", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  REQUIRE(record({"-q", "-o", log, "--", "true"}).status() == 0);
  const std::string first = value(log, "SELECT run_uuid FROM run");
  REQUIRE(record({"-q", "--force", "-o", log, "--", "true"}).status() == 0);
  CHECK(value(log, "SELECT run_uuid FROM run") != first);
  check_sealed(log);
  CHECK(all_files(folder.path()).size() == 1);
}

TEST_CASE("--force replaces nothing if the program can't be started", "[cli][output]") {
  const TemporaryFolder folder;
  write(folder.path() / "run.db", "an older log\n");
  write(folder.path() / "script", "#!/no/such/interpreter\n", 0755);
  check_refused(folder, {"--force", "-o", "run.db", "--", "./script"}, 127, "./script");
  check_refused(folder, {"--force", "-o", "run.db", "--", "./missing"}, 127, "./missing");
  check_refused(folder, {"--force", "-o", "run.db", "--timeout", "x", "true"}, 125, "--timeout");
}

TEST_CASE("--keep failed keeps the log of a program that failed only", "[cli][output]") {
  const TemporaryFolder folder;
  for (const std::string name : {"run.db", "run.db.zst"}) {
    const std::string log = folder.file(name);
    const Ending passed = record({"--keep=failed", "-o", log, "--", "true"});
    CHECK(passed.status() == 0);
    CHECK_THAT(passed.errors, ContainsSubstring("its log is not kept (--keep failed)"));
    CHECK(all_files(folder.path()).empty());
    CHECK(record({"--keep=failed", "-q", "-o", log, "--", "sh", "-c", "exit 3"}).status() == 3);
    CHECK(all_files(folder.path()).contains(log));
    CHECK(record({"--keep=failed", "-q", "--force", "-o", log, "--", "sh", "-c", "kill $$"}).status() == 128 + SIGTERM);
    CHECK(all_files(folder.path()).size() == 1);
    fs::remove(log);
  }
  CHECK(record({"--keep=failed", "-q", "-o", folder.file("t.db"), "--timeout=0.1", "--", "sleep", "60"}).status() ==
        124);
  CHECK(value(folder.file("t.db"), "SELECT count(*) FROM process") == "1");
  check_refused(folder, {"--keep=passed", "-o", "run.db", "--", "true"}, 125, "--keep passed");
}

TEST_CASE("--keep failed removes no file that somebody put in the log's place", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string moves = "mv " + log + " " + log + ".moved; echo other > " + log;
  CHECK(record({"--keep=failed", "-q", "-o", log, "--", "sh", "-c", moves}).status() == 0);
  CHECK(contents_of(log) == "other\n");
  CHECK(fs::exists(log + ".moved"));
}

TEST_CASE("a log that has lost its name takes no other file along", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  {
    OutputFile file(log, false);
    file.publish();
    fs::rename(log, log + ".moved");
    write(log, "other\n");
    CHECK_FALSE(file.discard());
  }  // it was not kept, as if the program could not be started
  CHECK(contents_of(log) == "other\n");
  CHECK(fs::exists(log + ".moved"));
}

TEST_CASE("%p in the log's name is the recorder's pid", "[cli][output]") {
  const TemporaryFolder folder;
  const Ending ending = record_in(folder, {"-q", "-o", "a-%p-%p.db", "sh", "-c", "echo $PPID"});
  REQUIRE(ending.status() == 0);
  const std::string pid = lines_of(ending.output).at(0);
  CHECK(fs::exists(folder.path() / ("a-" + pid + "-" + pid + ".db")));
  CHECK(all_files(folder.path()).size() == 1);
}

TEST_CASE("without -o the log is recount.db", "[cli][output]") {
  const TemporaryFolder folder;
  REQUIRE(record_in(folder, {"-q", "true"}).status() == 0);
  CHECK(all_files(folder.path()).size() == 1);
  check_sealed(folder.file("recount.db"));
}

TEST_CASE("a run in a folder that can't be written is recorded elsewhere", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Ending ending = run({.arguments = in_folder("/proc", recorder({"-q", "-o", log, "sh", "-c", "pwd"}))});
  CHECK(ending.status() == 0);
  CHECK(ending.output == "/proc\n");
  check_sealed(log);
  CHECK(value(log, "SELECT cwd FROM run") == "/proc");
}

// --- what the program says, and what the recorder says ---

TEST_CASE("the exit status is the program's own", "[cli][status]") {
  const TemporaryFolder folder;
  const Words options{"--force", "-q", "-o", folder.file("run.db"), "--"};
  for (int code : {0, 1, 3, 124, 125, 126, 127, 255})
    CHECK(record(options + Words{built_program("exit_code"), std::to_string(code)}).exit_code == code);
  const std::map<std::string, int> killed{
      {"root_sigterm", SIGTERM}, {"root_sigkill", SIGKILL}, {"root_abort", SIGABRT}};
  for (const auto& [name, signal] : killed)
    CHECK(record(options + Words{built_program(name)}).exit_code == 128 + signal);
}

TEST_CASE("the program's stdout and stderr are its own", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Words command{"sh", "-c", "echo out; echo err >&2"};
  const Ending quiet = record(Words{"-q", "-o", log, "--"} + command);
  CHECK(quiet.output == "out\n");
  CHECK(quiet.errors == "err\n");
  for (const Words& options : {Words{}, Words{"-v"}}) {
    const Ending loud = record(options + Words{"--force", "-o", log, "--"} + command);
    CHECK(loud.output == "out\n");
    CHECK_THAT(loud.errors, ContainsSubstring("err\n"));
    CHECK_THAT(last_line(loud.errors), StartsWith("recount-record: ") && ContainsSubstring(log));
  }
}

TEST_CASE("the program's stdin is its own", "[cli][output]") {
  const TemporaryFolder folder;
  const Ending ending =
      run({.arguments = recorder({"-q", "-o", folder.file("run.db"), "cat"}), .input = "pear\nplum\n"});
  CHECK(ending.output == "pear\nplum\n");
}

TEST_CASE("closed standard streams do not matter", "[cli][output]") {
  const TemporaryFolder folder;
  for (const char* redirection : {"2>&-", ">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    DYNAMIC_SECTION(redirection) {
      const std::string log = folder.file("run.db");
      const std::string script = std::string(R"(exec "$@" )") + redirection;
      const Ending ending =
          run({.arguments = Words{"sh", "-c", script, "sh"} +
                            recorder({"-o", log, "-v", "--source-root", RECOUNT_PROGRAM_SOURCES, "--"}) +
                            Words{built_program("exit_code"), "3"}});
      CHECK(ending.status() == 3);
      check_sealed(log);
      CHECK(value(log, "SELECT count(*) > 0 FROM hit") == "1");
    }
  }
}

}  // namespace
}  // namespace recount::test
