// Programs that trace: what becomes of them under a tracer, what is said about it, and what helps.
#include <signal.h>

#include <filesystem>
#include <regex>
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
  std::string said(const std::string& key = "program-traces") const {
    return value(log,
                 "SELECT coalesce(group_concat(severity, ' '), 'nothing') FROM diagnostic WHERE key = '" + key + "'");
  }
  std::string told_of_way() const { return said("traced-let-go"); }
};

bool is_missing(const std::string& tool) {
  const bool missing = run({.arguments = {"sh", "-c", "command -v " + tool}}).status() != 0;
  if (missing) WARN("skipped: there is no " << tool << " here");
  return missing;
}

// Those of processes, and addresses on the stack: a program's environment differs by the "_" that a shell sets.
std::string without_numbers(const std::string& text) {
  return std::regex_replace(text, std::regex("process [0-9]+|0x7ff[0-9a-f]+"), "N");
}

// As untraced, and it is said once that somebody was let go for it.
void check_way_is_made(const Tracing& run, const Words& options, const Words& command) {
  const Ending untraced = test::run({.arguments = command});
  const Ending traced = run.record(options, command);
  CHECK(without_numbers(traced.output) == without_numbers(untraced.output));
  CHECK(traced.status() == untraced.status());
  CHECK_THAT(traced.errors, ContainsSubstring(": it was let go, and what it does from then on"));
  CHECK_THAT(run.told_of_way(), ContainsSubstring("notice"));
  CHECK(run.said() == "nothing");
  check_sealed(run.log);
}

TEST_CASE("what a program of the run is about to trace is let go for it", "[traces]") {
  const Tracing run;
  const std::string program =
      GENERATE(as<std::string>{}, "traces_child traceme", "traces_child attach", "traces_child seize",
               "traces_others attach", "traces_others seize", "traces_others stopped", "traces_others parent",
               "traces_others traceme", "traces_others vfork");
  const std::size_t blank = program.find(' ');
  const Words command{built_program(program.substr(0, blank)), program.substr(blank + 1)};
  for (const Words& options : {Words{}, Words{"--no-coverage"}, Words{"--output", "all"}, Words{"--probes", "block"},
                               Words{"--hits", "flags"}, Words{"--count"}}) {
    INFO(program << (options.empty() ? "" : " " + options.back()));
    check_way_is_made(run, options, command);
  }
}

TEST_CASE("a program that traces without the C library is refused as under any tracer, and the reason is said",
          "[traces]") {
  const Tracing run;
  const Words command{built_program("traces_child"), "unseen"};
  const Ending ending = run.record({}, command);
  CHECK(ending.output == "unseen: EPERM\n");
  CHECK(ending.status() == 4);
  CHECK_THAT(ending.errors, ContainsSubstring("traces_child-O0 (process ") && ContainsSubstring(" exited with ") &&
                                ContainsSubstring("imports ptrace") &&
                                ContainsSubstring("--no-follow traces_child-O0"));
  CHECK(run.said() == "notice");
  check_sealed(run.log);
  const Ending untraced = run.record({"--no-follow", "traces_child-O0"}, command);
  CHECK(untraced.output == "unseen: done\n");
  CHECK(untraced.status() == 0);
  CHECK(run.said() == "nothing");
  check_sealed(run.log);
}

TEST_CASE("nothing is said aloud of a program that could trace and ends well", "[traces]") {
  const Tracing run;
  for (const Words& options : {Words{}, Words{"--no-coverage"}}) {
    const Ending ending = run.record(options, {built_program("traces_child"), "nothing"});
    CHECK(ending.status() == 0);
    CHECK_THAT(ending.errors, !ContainsSubstring("ptrace"));
    CHECK(run.said() == "nothing");
  }
}

TEST_CASE("nothing is said aloud of a program that could trace and that a signal ends", "[traces]") {
  const Tracing run;
  const Ending ending = run.record({}, {built_program("traces_child"), "killed"});
  CHECK(ending.status() == 128 + SIGTERM);
  CHECK_THAT(ending.errors, !ContainsSubstring("ptrace"));
  CHECK(run.said() == "nothing");
}

TEST_CASE("of several programs that fail to trace, the first is told", "[traces]") {
  const Tracing run;
  const std::string copy = run.folder.file("other_tracer");
  fs::copy_file(built_program("traces_child"), copy);
  const Ending ending =
      run.record({}, {"sh", "-c", "for p in " + copy + " " + built_program("traces_child") + "; do $p unseen; done"});
  CHECK_THAT(ending.errors, ContainsSubstring("other_tracer") && !ContainsSubstring("--no-follow traces_child-O0"));
}

TEST_CASE("nothing is said of a program that can not trace, however it ends", "[traces]") {
  const Tracing run;
  CHECK(run.record({}, {"sh", "-c", built_program("exit_code") + " 3; " + built_program("root_abort") + "; exit 5"})
            .status() == 5);
  CHECK(run.said() == "nothing");
}

TEST_CASE("gdb runs and examines a program of the run as it does untraced", "[traces][tools]") {
  if (is_missing("gdb")) return;
  check_way_is_made(Tracing(), {},
                    {"gdb", "--nx", "--batch", "-ex", "break main", "-ex", "run", "-ex", "bt", "-ex", "next", "-ex",
                     "continue", built_program("exit_code")});
}

TEST_CASE("strace tells the calls of a program of the run", "[traces][tools]") {
  if (is_missing("strace")) return;
  const Tracing run;
  const std::string told = run.folder.file("calls");
  check_way_is_made(run, {}, {"strace", "-f", "-o", told, "sh", "-c", "/bin/echo one; /bin/echo two"});
  CHECK_THAT(contents_of(told), ContainsSubstring("exited with 0"));
}

// --- LeakSanitizer ---

struct Sanitized : Tracing {
  std::string source = folder.file("leaky.c");
  std::string program = folder.file("leaky");

  bool build(const Words& flags = {}) const {
    write(source, R"(#include <pthread.h>
#include <stdlib.h>
volatile int shared;
static void* spin(void* unused) {
  for (;;) shared = 1;
}
int main(int argc, char** argv) {
  pthread_t thread;
  for (int i = 2; i <= argc; ++i) if (argc > 2) pthread_create(&thread, 0, spin, 0);
  char* volatile block = malloc(40);
  if (argc > 1) block = 0;
  return block == 0 ? 0 : (free(block), 0);
}
)");
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
  for (const Words& arguments : {Words{}, Words{"leak"}, Words{"leak", "threads"}})
    for (const Words& options : {Words{}, Words{"--no-coverage"}, Words{"--output", "all"}, Words{"--hits", "flags"}}) {
      INFO((arguments.empty() ? "" : arguments.back()) << " " << (options.empty() ? "" : options.back()));
      const Ending ending = run.record(options, Words{run.program} + arguments);
      CHECK(ending.status() == (arguments.empty() ? 0 : 1));
      CHECK((ending.errors.find("detected memory leaks") != std::string::npos) == !arguments.empty());
      CHECK_THAT(ending.errors, !ContainsSubstring("ptrace"));
      CHECK(run.said() == "nothing");
      check_sealed(run.log);
      if (options == Words{"--no-coverage"}) continue;
      CHECK(run.lines_hit() == (arguments.size() < 2 ? "7 9 10 11 12 13" : "4 5 7 9 10 11 12 13"));
    }
}

TEST_CASE("a program with AddressSanitizer is covered, and looks for leaks", "[traces][sanitizer]") {
  const Sanitized run;
  if (run.build()) check_sanitized(run);
}

TEST_CASE("so is one that has the sanitizer linked in", "[traces][sanitizer]") {
  const Sanitized run;
  if (run.build({"-static-libasan"})) check_sanitized(run);
}

}  // namespace
}  // namespace recount::test
