// --no-follow: who is left untraced, and what the log knows of them.
#include <unistd.h>

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

struct NotFollowed {
  TemporaryFolder folder;
  std::string log = folder.file("run.db");

  Ending record(const Words& globs, const Words& command) const {
    Words options;
    for (const std::string& glob : globs) options = options + Words{"--no-follow", glob};
    return test::record(Words{"--force", "-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES} + options +
                        Words{"--"} + command);
  }
  std::string execs() const { return value(log, "SELECT count(*) FROM exec"); }
  std::string named_by() const { return value(log, "SELECT coalesce(group_concat(no_follow), 'nobody') FROM exec"); }
  void check_log() const {
    check_sealed(log);
    check_nothing(check_views_equal_replay(log));
    check_nothing(check_reports_agree(log));
  }
};

bool is_missing(const std::string& tool) {
  const bool missing = run({.arguments = {"sh", "-c", "command -v " + tool}}).status() != 0;
  if (missing) WARN("skipped: there is no " << tool << " here");
  return missing;
}

TEST_CASE("a program that is not followed, and what it starts, have no tracer", "[no-follow]") {
  const NotFollowed run;
  write(run.folder.path() / "inner", "#!/bin/sh\ngrep TracerPid /proc/self/status\nexit 3\n", 0755);
  const std::string inner = run.folder.file("inner");
  const Words outer{"sh", "-c", "\"$0\"; echo $?; grep -c 'TracerPid:.[1-9]' /proc/self/status", inner};
  const Ending ending = run.record({"inner"}, outer);
  CHECK(ending.output == "TracerPid:\t0\n3\n1\n");
  CHECK(ending.status() == 0);
  CHECK(run.named_by() == "inner");
  CHECK(run.execs() == "3");  // sh, the script, and the grep that sh starts itself
  run.check_log();
  const std::string unknown =
      "SELECT p.end_ns IS NULL AND exit_code IS NULL FROM process p JOIN exec e "
      "ON e.upid = p.upid WHERE e.no_follow IS NOT NULL";
  CHECK(value(run.log, unknown) == "1");
  CHECK(value(run.log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "1");
  CHECK(value(run.log, "SELECT key || severity FROM diagnostic WHERE key = 'not-followed'") == "not-followedinfo");
  CHECK_THAT(replay({"tree", run.log}).output, ContainsSubstring("[not followed]"));
}

TEST_CASE("a GLOB names a program by what was given to execve or by the file that runs", "[no-follow]") {
  const NotFollowed run;
  const fs::path given = run.folder.path() / "nickname";
  fs::create_symlink(built_program("greet"), given);
  const std::string file = fs::canonical(built_program("greet")).string();
  for (const std::string& glob : {given.string(), std::string("nickname"), file, std::string("greet-O0"),
                                  std::string("g*-O?"), std::string("*/programs/*"), std::string("/*nick*")}) {
    INFO(glob);
    CHECK(run.record({"nobody", glob}, {given.string()}).status() == 3);
    CHECK(run.named_by() == glob);
  }
  for (const char* glob : {"greet", "nick", "programs/*", "sh", "NICKNAME"}) {
    INFO(glob);
    CHECK(run.record({glob}, {given.string()}).status() == 3);
    CHECK(run.named_by() == "nobody");
  }
}

TEST_CASE("who is followed beside who is not is covered as ever", "[no-follow]") {
  const NotFollowed run;
  const Words command{built_program("fork_exec"), built_program("greet"), "you"};
  const Ending untraced = test::run({.arguments = command});
  const Ending ending = run.record({"greet*"}, command);
  CHECK(ending.output == untraced.output);
  CHECK(ending.status() == untraced.status());
  check_nothing(check_expected_hits(run.log, "fork_exec.c"));
  CHECK(value(run.log, "SELECT count(*) FROM image WHERE path LIKE '%greet%'") == "0");
  run.check_log();
}

TEST_CASE("the root's status is the run's, followed or not", "[no-follow]") {
  const NotFollowed run;
  for (const char* code : {"0", "3"}) {
    CHECK(run.record({"exit_code*"}, {built_program("exit_code"), code}).status() == std::stoi(code));
    CHECK(value(run.log, "SELECT exit_code FROM run") == code);
    CHECK(value(run.log, "SELECT end_ns > 0 FROM process") == "1");
    run.check_log();
  }
  CHECK(run.record({"root_abort*"}, {built_program("root_abort")}).status() == 134);
  CHECK(value(run.log, "SELECT term_signal FROM run") == "6");
  CHECK_THAT(replay({"tree", run.log}).output, ContainsSubstring("[not followed, "));
  run.check_log();
}

TEST_CASE("a timeout ends a root that is not followed", "[no-follow]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Ending ending = record({"-q", "-o", log, "--timeout", "0.5", "--no-follow", "sleep", "--", "sleep", "100"});
  CHECK(ending.status() == 124);
  CHECK(ending.left_running == 0);
  check_sealed(log);
}

TEST_CASE("the last line says how many were not followed", "[no-follow]") {
  const TemporaryFolder folder;
  const Ending ending =
      record({"-o", folder.file("run.db"), "--no-coverage", "--no-follow", "cat", "sh", "-c", "cat; true"});
  check_one_line(ending.errors, "2 processes (1 not followed), ");
}

TEST_CASE("gdb runs its program when it is not followed", "[no-follow][tools]") {
  if (is_missing("gdb")) return;
  const NotFollowed run;
  const Words gdb{"gdb", "--nx", "--batch", "-ex",      "break main",
                  "-ex", "run",  "-ex",     "continue", built_program("hello")};
  const Ending untraced = test::run({.arguments = gdb});
  REQUIRE_THAT(untraced.output, ContainsSubstring("exited normally"));
  const Ending ending = run.record({"gdb"}, gdb);
  CHECK_THAT(ending.output, ContainsSubstring("Breakpoint 1, ") && ContainsSubstring("exited normally"));
  CHECK(ending.status() == untraced.status());
  run.check_log();
}

TEST_CASE("strace sees its program when it is not followed", "[no-follow][tools]") {
  if (is_missing("strace")) return;
  const NotFollowed run;
  const std::string calls = run.folder.file("calls");
  const Words strace{"sh", "-c", "strace -f -o \"$0\" \"$1\" 3; echo $?", calls, built_program("exit_code")};
  const Ending ending = run.record({"strace"}, strace);
  CHECK_THAT(ending.output, EndsWith("3\n"));
  CHECK_THAT(contents_of(calls), ContainsSubstring("execve(") && ContainsSubstring("+++ exited with 3 +++"));
  run.check_log();
}

}  // namespace
}  // namespace recount::test
