// Programs that trace: what becomes of them under a tracer, what is said about it, and what helps.
#include <signal.h>

#include <filesystem>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Tracing {
  TemporaryFolder folder;
  std::string log = folder.file("run.db");

  Ending record(const Words& options, const Words& command, const Words& environment = {}) const {
    return run({.arguments = recorder(Words{"--force", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES,
                                            "--source-root", folder.path().string()} +
                                      options + Words{"--"} + command),
                .environment = environment});
  }
  // What was said, worst first: "notice info".
  std::string said() const {
    return value(log,
                 "SELECT coalesce(group_concat(severity, ' '), 'nothing') FROM (SELECT severity "
                 "FROM diagnostic "
                 "WHERE key = 'program-traces' ORDER BY severity DESC)");
  }
};

bool is_missing(const std::string& tool) {
  const bool missing = run({.arguments = {"sh", "-c", "command -v " + tool}}).status() != 0;
  if (missing) WARN("skipped: there is no " << tool << " here");
  return missing;
}

TEST_CASE("a program that traces its child is refused as under any tracer, and the reason is said", "[traces]") {
  const Tracing run;
  for (const std::string how : {"traceme", "attach", "seize"}) {
    INFO(how);
    const Ending ending = run.record({}, {built_program("traces_child"), how});
    CHECK(ending.output == how + ": EPERM\n");
    CHECK(ending.status() == 4);
    CHECK_THAT(ending.errors, ContainsSubstring("traces_child-O0 (process ") && ContainsSubstring(" exited with ") &&
                                  ContainsSubstring("imports ptrace") &&
                                  ContainsSubstring("--no-follow traces_child-O0"));
    CHECK(run.said() == "notice info");
    check_sealed(run.log);
    const Ending untraced = run.record({"--no-follow", "traces_child-O0"}, {built_program("traces_child"), how});
    CHECK(untraced.output == how + ": done\n");
    CHECK(untraced.status() == 0);
    CHECK(run.said() == "nothing");
    check_sealed(run.log);
  }
}

TEST_CASE("nothing is said aloud of a program that could trace and ends well", "[traces]") {
  const Tracing run;
  for (const Words& options : {Words{}, Words{"--no-coverage"}}) {
    const Ending ending = run.record(options, {built_program("traces_child"), "nothing"});
    CHECK(ending.status() == 0);
    CHECK_THAT(ending.errors, !ContainsSubstring("ptrace"));
    CHECK(run.said() == "info");
  }
}

TEST_CASE("nothing is said aloud of a program that could trace and that a signal ends", "[traces]") {
  const Tracing run;
  const Ending ending = run.record({}, {built_program("traces_child"), "killed"});
  CHECK(ending.status() == 128 + SIGTERM);
  CHECK_THAT(ending.errors, !ContainsSubstring("ptrace"));
  CHECK(run.said() == "info");
}

TEST_CASE("of several programs that fail to trace, the first is told", "[traces]") {
  const Tracing run;
  const std::string copy = run.folder.file("other_tracer");
  fs::copy_file(built_program("traces_child"), copy);
  const Ending ending =
      run.record({}, {"sh", "-c", "for p in " + copy + " " + built_program("traces_child") + "; do $p attach; done"});
  CHECK_THAT(ending.errors, ContainsSubstring("other_tracer") && !ContainsSubstring("--no-follow traces_child-O0"));
}

TEST_CASE("nothing is said of a program that can not trace, however it ends", "[traces]") {
  const Tracing run;
  CHECK(run.record({}, {"sh", "-c", built_program("exit_code") + " 3; " + built_program("root_abort") + "; exit 5"})
            .status() == 5);
  CHECK(run.said() == "nothing");
}

TEST_CASE("gdb fails to trace, and it is said how to let it", "[traces][tools]") {
  if (is_missing("gdb")) return;
  const Tracing run;
  const Ending ending = run.record({}, {"gdb", "--nx", "--batch", "-ex", "run", built_program("hello")});
  CHECK(ending.status() != 0);
  CHECK_THAT(ending.errors, ContainsSubstring("gdb imports ptrace") || ContainsSubstring("It imports ptrace"));
  CHECK_THAT(ending.errors, ContainsSubstring("--no-follow gdb"));
  CHECK(run.said() == "notice info");
  check_sealed(run.log);
}

TEST_CASE("strace fails to trace, and it is said how to let it", "[traces][tools]") {
  if (is_missing("strace")) return;
  const Tracing run;
  const Ending ending = run.record({}, {"strace", "-o", "/dev/null", "true"});
  CHECK(ending.status() == 1);
  CHECK_THAT(ending.errors, ContainsSubstring("--no-follow strace"));
  CHECK(run.said() == "notice info");
}

// --- LeakSanitizer ---

struct Sanitized : Tracing {
  std::string source = folder.file("leaky.c");
  std::string program = folder.file("leaky");

  bool build(const Words& flags = {}) const {
    write(source,
          "#include <stdlib.h>\n"
          "int main(int argc, char** argv) {\n"
          "  char* volatile block = malloc(40);\n"
          "  if (argc > 1) block = 0;\n"
          "  return block == 0 ? 0 : (free(block), 0);\n"
          "}\n");
    const Ending built = run({.arguments = Words{RECOUNT_TEST_CC, "-g", "-O0", "-fsanitize=address"} + flags +
                                           Words{"-o", program, source}});
    if (built.status() != 0) WARN("skipped: no program can be built with -fsanitize=address here: " << built.errors);
    return built.status() == 0;
  }
  std::string lines_hit() const {
    return value(log,
                 "SELECT coalesce(group_concat(line, ' '), 'none') FROM (SELECT line FROM line_coverage "
                 "WHERE file LIKE '%/leaky.c' AND hits > 0 ORDER BY line)");
  }
};

void check_sanitized(const Sanitized& run) {
  const Words no_leaks{"ASAN_OPTIONS=detect_leaks=0"};
  const Ending spoilt = run.record({}, {run.program});
  CHECK(spoilt.status() == 1);
  CHECK_THAT(spoilt.errors, ContainsSubstring("LeakSanitizer can't look for leaks") &&
                                ContainsSubstring("ASAN_OPTIONS=detect_leaks=0") &&
                                ContainsSubstring("--no-follow leaky"));
  CHECK(run.said() == "notice info");
  CHECK(run.lines_hit() == "2 3 4 5 6");
  check_sealed(run.log);

  const Ending covered = run.record({}, {run.program}, no_leaks);
  CHECK(covered.status() == 0);
  CHECK_THAT(covered.errors, !ContainsSubstring("LeakSanitizer"));
  CHECK(run.said() == "nothing");
  CHECK(run.lines_hit() == "2 3 4 5 6");
  check_sealed(run.log);

  CHECK(run.record({"--no-follow", "leaky"}, {run.program}).status() == 0);
  const Ending leaky = run.record({"--no-follow", "leaky"}, {run.program, "leak"});
  CHECK(leaky.status() == 1);
  CHECK_THAT(leaky.errors, ContainsSubstring("detected memory leaks"));
  CHECK(run.said() == "nothing");
  check_sealed(run.log);
}

TEST_CASE("a program with AddressSanitizer is covered, or looks for leaks", "[traces][sanitizer]") {
  const Sanitized run;
  if (run.build()) check_sanitized(run);
}

TEST_CASE("so is one that has the sanitizer linked in", "[traces][sanitizer]") {
  const Sanitized run;
  if (run.build({"-static-libasan"})) check_sanitized(run);
}

}  // namespace
}  // namespace recount::test
