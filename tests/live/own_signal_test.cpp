// Every signal that a program can send, to itself, to one of its threads, and to the process group that the recorder is in: it ends as
// untraced, with probes and without, and the log is whole.
#include <signal.h>

#include <fstream>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// What stops by default waits for somebody to continue it, and 32 and 33 are the C library's own (signal(7)).
bool is_left_out(int number, const std::string& mode) {
  const bool stops = number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
  return number == 32 || number == 33 || (stops && (mode == "default" || number == SIGSTOP));
}

void check_signal(const std::string& log, int number, const std::string& mode, const std::string& target) {
  if (is_left_out(number, mode) || (number == SIGKILL && target == "group")) return;
  // An int3 resets the setting of the whole process, until it is set again: tracer/README.md, "What ptrace can't hide".
  if (number == SIGTRAP && target == "thread" && (mode == "ignored" || mode == "blocked")) return;
  const Words command{built_program("own_signals"), std::to_string(number), mode, target};
  INFO("signal " << number << ", " << mode << ", to its " << target);
  const Ending untraced = run({.arguments = command});  // it leads a group of its own, as the recorder will
  for (const std::string probes : {"--probes=line", "--no-coverage"}) {
    if (probes == "--no-coverage" && target != "group") continue;
    INFO(probes);
    const Ending traced =
        record(Words{"-q", "--force", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES, probes, "--"} + command);
    REQUIRE(traced.status() == untraced.status());
    REQUIRE(traced.output == untraced.output);
    REQUIRE(query(log, "SELECT status FROM trace_run") == std::vector<Row>{{"complete"}});
  }
}

void check_all(const std::string& mode) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  for (const std::string target : {"self", "thread", "group"})
    for (int number = 1; number <= SIGRTMIN + 2; ++number) check_signal(log, number, mode, target);
  check_signal(log, SIGRTMAX, mode, "group");
  check_sealed(log);
}

TEST_CASE("a program sends itself each signal, at its default", "[own_signal]") { check_all("default"); }
TEST_CASE("a program sends itself each signal, and ignores it", "[own_signal]") { check_all("ignored"); }
TEST_CASE("a program sends itself each signal, and handles it", "[own_signal]") { check_all("handled"); }
TEST_CASE("a program sends itself each signal, and blocks it", "[own_signal]") { check_all("blocked"); }

TEST_CASE("a signal for the recorder alone is the program's", "[own_signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  for (const int number : {SIGUSR1, SIGALRM, SIGSEGV, SIGTRAP, SIGXCPU, SIGRTMIN + 3}) {
    INFO("signal " << number);
    Background recording({.arguments = recorder({"-q", "--force", "-o", log, "--", built_program("own_signals"),
                                                 std::to_string(number), "handled", "outside"})});
    REQUIRE(recording.says("ready"));
    recording.send(number);
    const Ending ending = recording.wait();
    CHECK(ending.exit_code == 3);
    CHECK_THAT(ending.output, ContainsSubstring("caught 1, pending 0"));
    check_sealed(log);
  }
}

// Of /proc/PID/status: the signals that wait for the whole process.
bool has_pending_signal(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("ShdPnd:")) return line.find_first_of("123456789abcdef", 7) != std::string::npos;
  return false;
}

TEST_CASE("a SIGALRM for the recorder is told while its own timer rings", "[own_signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = recorder({"-q", "-o", log, "--timeout", "1", "--", built_program("own_signals"),
                                               std::to_string(SIGALRM), "handled", "outside"})});
  REQUIRE(recording.says("ready"));
  recording.send(SIGSTOP);
  REQUIRE(comes_true([&] { return has_pending_signal(recording.pid()); }));
  recording.send(SIGALRM);
  recording.send(SIGCONT);
  recording.wait();
  CHECK(value(log, "SELECT count(*) FROM event WHERE kind = 'recorder_signal' AND signal = 14") == "1");
}

}  // namespace
}  // namespace recount::test
