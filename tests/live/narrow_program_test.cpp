// Programs of 32 bits are recorded as those of 64 bits are: lines, signals, processes, libraries, crashes. Where the compiler can link
// none (gcc-multilib), this is shown as skipped.
#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

bool have_programs() { return have_file(program("hello", "m32-O0")); }

void check_both(const std::vector<Subject>& subjects) {
  if (!have_programs()) return;
  for (const Subject& subject : subjects)
    for (const char* build : {"m32-O0", "m32-O2"}) check(subject, build);
}

TEST_CASE("a program of 32 bits behaves as it does untraced and its lines are told apart", "[live][m32]") {
  check_both({
      {"hello.c"},
      {"exit_code.c", {"@exit_code", "125"}},
      {"flow_exit.c"},
  });
  check_both(flow_programs());
}

TEST_CASE("a program of 32 bits is covered wherever it is loaded", "[live][m32]") {
  if (!have_programs()) return;
  for (const char* build : {"m32-no-pie", "m32-static", "m32-static-pie"}) check({"hello.c"}, build);
}

TEST_CASE("of 32 bits the verdicts are gcov's on each line that both call code", "[live][m32]") {
  if (!have_programs()) return;
  std::vector<Subject> subjects = flow_programs();
  subjects.push_back({"hello.c"});
  for (const Subject& subject : subjects) {
    DYNAMIC_SECTION(subject.source) {
      const TemporaryFolder folder;
      const std::string log = folder.file("run.db");
      record(log, command_line(subject, "m32-O0"));
      check_nothing(check_equals_gcov(log, program(subject.name(), "m32-gcov"), subject.source));
    }
  }
}

TEST_CASE("processes, threads and libraries of 32 bits are followed", "[live][m32]") {
  check_both({
      {"clone_untraced.c"},
      {"dlopen_reuse.c", {"@dlopen_reuse", "@little_library", "@other_library"}},
      {"fork_exec.c", {"@fork_exec", "@greet", "you"}, "", {"greet.c"}},
      {.source = "run_popen.c",
       .command = {"@run_popen", "@greet"},
       .other_sources = {"greet.c"},
       .output_comes_out = false},
      {"self_exec.c"},
      {"spawn.c", {"@spawn", "@greet", "you"}, "", {"greet.c"}},
      {"thread_storm.c"},
      {"threads_cpp.cpp"},
      {"vfork_exec.c", {"@vfork_exec", "@greet", "you"}, "", {"greet.c"}},
  });
}

TEST_CASE("programs of 32 and of 64 bits exec each other", "[live][m32]") {
  if (!have_programs()) return;
  for (const char* build : {"m32-O0", "m32-O2"})
    check({"fork_exec.c", {"@fork_exec", program("greet", "O0"), "you"}, "", {"greet.c"}}, build);
  for (const char* build : {"O0", "O2"})
    check({.source = "fork_exec.c",
           .command = {"@fork_exec", program("greet", "m32-O0"), "you"},
           .other_sources = {"greet.c"},
           .output_comes_out = false},
          build);
}

TEST_CASE("signals reach a program of 32 bits, and SIGTRAP stays as it has set it", "[live][m32]") {
  check_both({
      {"own_int3.c"},
      {"restart_calls.c"},
      {"signals_handled.c"},
      {"sigsegv_recovery.c"},
      {"trap_blocked.c"},
      {"trap_blocked_thread.c"},
      {"trap_handler_blocked.c"},
      {"trap_ignored.c"},
      {"trap_in_mask_of_handler.c"},
      {"trap_setting.c"},
  });
}

TEST_CASE("of 32 bits there are the ways and the executions of 64 bits, those of a switch as well", "[live][m32]") {
  if (!have_programs()) return;
  const std::string name = GENERATE("flow_loops", "flow_switch");
  INFO(name);
  const TemporaryFolder folder;
  const auto recorded = [&](const std::string& build) {
    const std::string log = folder.file(build + ".db");
    const std::vector<std::string> command{program(name, build)};
    check_same_behaviour(record(log, command, "", {"--count", "--branches"}), run({.arguments = command}));
    check_sealed(log);
    return log;
  };
  const std::string narrow = recorded("m32-O0"), wide = recorded("O0");
  const std::string counts = "SELECT line, executions FROM line_coverage ORDER BY line";
  CHECK(query(narrow, counts) == query(wide, counts));
  CHECK(value(narrow, "SELECT count(*) FROM line_coverage WHERE executions > 1") != "0");
  const std::string ways = "SELECT count(*), sum(taken), sum(taken IS NULL) FROM branch";
  CHECK(query(narrow, ways) == query(wide, ways));
}

TEST_CASE("flags stay out of a program of 32 bits, which stops instead", "[live][m32]") {
  if (!have_programs()) return;
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::vector<std::string> command{program("flow_switch", "m32-O0")};
  check_same_behaviour(record(log, command, "", {"--hits=flags"}), run({.arguments = command}));
  check_nothing(check_expected_hits(log, "flow_switch.c"));
  CHECK(value(log, "SELECT count(*) FROM trace_event e JOIN trace_event_kind k USING (kind) WHERE k.name = 'annex'") ==
        "0");
}

TEST_CASE("functions of 32 bits have their names from debug information that was split off and moved", "[live][m32]") {
  if (!have_programs()) return;
  const std::string version = GENERATE("-gdwarf-4", "-gdwarf-5");
  INFO(version);
  const TemporaryFolder folder;
  write(folder.file("program.c"), "static int twice(int n) { return n + n; }\nint main(void) { return twice(21); }\n");
  const std::string build = RECOUNT_TEST_CC " -m32 -O0 -gsplit-dwarf " + version + " program.c -o program";
  const Words in{"/usr/bin/env", "-C", folder.path().string(), "sh", "-c"};
  REQUIRE(run({.arguments = in + Words{build + " && mkdir apart && mv *.dwo apart"}}).status() == 0);
  const std::string log = folder.file("run.db"), root = folder.path().string();
  CHECK(record(log, {folder.file("program")}, "", {"--source-root", root, "--debug-dir", root + "/apart"}).status() ==
        42);
  CHECK(query(log, "SELECT function, hits FROM function_coverage ORDER BY line") ==
        std::vector<Row>{{"twice", "1"}, {"main", "1"}});
}

TEST_CASE("a program whose data can be executed has its probes where its code is", "[live][m32]") {
  if (!have_programs()) return;
  const std::string layout = GENERATE("separate-code", "noseparate-code");
  INFO(layout);
  const TemporaryFolder folder;
  write(folder.file("program.s"), R"(.globl _start
_start:
  mov $4, %eax
  mov $1, %ebx
  mov $text, %ecx
  mov $6, %edx
  int $0x80
  cmp %edx, %eax
  jne other
  mov $1, %eax
  mov $4, %ebx
  int $0x80
other:
  hlt
.data
text: .ascii "hello\n"
)");
  const std::string build = RECOUNT_TEST_CC " -m32 -g -nostdlib -static program.s -o program -Wl,-z," + layout;
  const Words in{"/usr/bin/env", "-C", folder.path().string(), "sh", "-c"};
  REQUIRE(run({.arguments = in + Words{build}}).status() == 0);
  REQUIRE(run({.arguments = in + Words{"! readelf -lW program | grep GNU_STACK"}}).status() == 0);
  const std::string log = folder.file("run.db"), root = folder.path().string();
  const Ending untraced = run({.arguments = {folder.file("program")}});
  CHECK(untraced.output == "hello\n");
  check_same_behaviour(record(log, {folder.file("program")}, "", {"--source-root", root}), untraced);
  CHECK(query(log, "SELECT line FROM line_coverage WHERE hits = 0") == std::vector<Row>{{"14"}});
  CHECK(value(log, "SELECT count(*) FROM trace_event WHERE kind = 40 AND value = 1") == "1");  // plant
}

TEST_CASE("a crash of 32 bits has its registers, its words and its backtrace", "[live][m32]") {
  if (!have_programs()) return;
  const std::string build = GENERATE("m32-O0", "m32-O2");
  struct Case {
    std::string way, function;
  };
  const Case is = GENERATE(Case{"segv", "innermost"}, Case{"abort", "give_up"}, Case{"assert", "check"},
                           Case{"exception", "throw_it"}, Case{"null_call", "call_nothing"});
  INFO(build << ' ' << is.way);
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::vector<std::string> command{program("crash", build), is.way};
  check_same_behaviour(record(log, command), run({.arguments = command}));
  check_sealed(log);
  CHECK(value(log, "SELECT function FROM backtrace WHERE file LIKE '%/crash.cpp' ORDER BY level LIMIT 1") ==
        is.function);
  CHECK(value(log, "SELECT function FROM backtrace WHERE file LIKE '%/crash.cpp' ORDER BY level DESC LIMIT 1") ==
        "main");
  CHECK(value(log, "SELECT count(*) FROM crash_register WHERE name IN ('eip', 'esp', 'ebp') AND value < 4294967296") ==
        "3");
  if (is.way == "exception")
    CHECK(value(log, "SELECT words FROM crash") == "uncaught std::runtime_error: nobody catches this");
}

}  // namespace
}  // namespace recount::test
