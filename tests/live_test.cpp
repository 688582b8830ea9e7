// Live programs, recorded and compared: with themselves untraced, with the expectations beside
// their lines, with readelf, with gcov.
//
// Each program of tests/programs is one section here, so `live_test -c fork_plain-O0` runs that one
// alone. RECOUNT_TEST_REPEAT=N records each N times, RECOUNT_TEST_KEEP=1 keeps the logs.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

enum class Expectations { kHold, kAreForOtherArguments };

// In the command, a word that starts with @ stands for the path of that program, built in the same
// way. An empty command is the program without arguments.
struct Subject {
  std::string source;
  std::vector<std::string> command = {};
  std::string input = "";
  std::vector<std::string> other_sources = {};  // whose expectations hold too
  Expectations expectations = Expectations::kHold;

  std::string name() const { return source.substr(0, source.find('.')); }
};

std::string program(const std::string& name, const std::string& build) {
  return std::string(RECOUNT_PROGRAMS) + "/" + name + "-" + build;
}

std::vector<std::string> command_line(const Subject& subject, const std::string& build) {
  if (subject.command.empty()) return {program(subject.name(), build)};
  std::vector<std::string> words = subject.command;
  for (auto& word : words) {
    if (word.front() == '@') word = program(word.substr(1), build);
  }
  return words;
}

int repeats() {
  const char* wanted = std::getenv("RECOUNT_TEST_REPEAT");
  return wanted == nullptr ? 1 : std::stoi(wanted);
}

void check_same_behaviour(const Ending& traced, const Ending& untraced) {
  REQUIRE_FALSE(untraced.timed_out);
  REQUIRE_FALSE(traced.timed_out);
  CHECK(traced.output == untraced.output);
  CHECK(traced.errors == untraced.errors);
  CHECK(traced.status() == untraced.status());
  CHECK(traced.signal == 0);
  CHECK(traced.left_running == 0);
}

void check_nothing(const Complaints& complaints) {
  INFO(joined(complaints));
  CHECK(complaints.empty());
}

void check_expectations(const Subject& subject, const std::string& log) {
  if (subject.expectations == Expectations::kAreForOtherArguments) return;
  check_nothing(check_expected_hits(log, subject.source));
  for (const auto& source : subject.other_sources) check_nothing(check_expected_hits(log, source));
}

void check_once(const Subject& subject, const std::string& build) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  INFO("log: " << log);
  const auto command = command_line(subject, build);
  const Ending untraced = run({.arguments = command, .input = subject.input});
  const Ending traced = record(log, command, subject.input);
  check_same_behaviour(traced, untraced);
  check_nothing(check_log(log, untraced));
  check_nothing(check_views_equal_replay(log));
  check_nothing(check_probed_lines(log, program(subject.name(), build), subject.source));
  if (build != "O2") check_expectations(subject, log);
}

void check(const Subject& subject, const std::string& build) {
  std::string title = subject.name() + "-" + build;
  for (std::size_t word = 1; word < subject.command.size(); word++)
    title += " " + subject.command[word];
  DYNAMIC_SECTION(title) {
    for (int i = 0; i < repeats(); i++) check_once(subject, build);
  }
}

void check_all(const std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    check(subject, "O0");
    check(subject, "O2");
  }
}

constexpr auto kOther = Expectations::kAreForOtherArguments;

TEST_CASE("a program of one thread behaves as it does untraced and its lines are told apart",
          "[live][plain]") {
  check_all({
      {"hello.c"},
      {"shared_address.c"},
      {"exit_code.c", {"@exit_code", "0"}},
      {"exit_code.c", {"@exit_code", "1"}},
      {"exit_code.c", {"@exit_code", "125"}},
      {"exit_code.c", {"@exit_code", "255"}},
      {"flow_classes.cpp"},
      {"flow_exceptions.cpp"},
      {"flow_exit.c"},
      {"flow_loops.c"},
      {"flow_mixed.cpp"},
      {"flow_stl.cpp"},
      {"flow_switch.c"},
      {"flow_templates.cpp"},
  });
}

TEST_CASE("an executable is covered wherever it is loaded and whatever its line table looks like",
          "[live][plain]") {
  const Subject hello{"hello.c"};
  for (const char* build : {"no-pie", "static", "static-pie", "dwarf-4", "dwarf-5"})
    check(hello, build);
}

TEST_CASE("every process of a run is followed through fork, vfork, clone and exec",
          "[live][process]") {
  check_all({
      {"clone_vfork_copy.c"},
      {"clone_vm.c"},
      {"clone_vm_together.c"},
      {"daemon.c"},
      {"exec_missing.c"},
      {"fork_exec.c", {"@fork_exec", "@greet", "you"}, "", {"greet.c"}},
      {"fork_killed.c"},
      {"fork_many.c"},
      {"fork_plain.c"},
      {"orphan.c"},
      {"parent_death.c"},
      {"run_popen.c", {"@run_popen", "@greet"}, "", {"greet.c"}},
      {"run_system.c", {"@run_system", "@greet"}, "", {"greet.c"}},
      {"self_exec.c"},
      {"spawn.c", {"@spawn", "@greet", "you"}, "", {"greet.c"}},
      {"upper.c", {"sh", "-c", "cat | \"$0\" | sort | \"$0\"", "@upper"}, "pear\napple\n"},
      {"vfork_exec.c", {"@vfork_exec", "@greet", "you"}, "", {"greet.c"}},
      {"vfork_shared.c"},
      {"waits.c"},
  });
}

TEST_CASE("every thread of a run is followed, whichever ends or execs first", "[live][thread]") {
  check_all({
      {"leader_first.c"},
      {"leader_first.c", {"@leader_first", "exit"}, "", {}, kOther},
      {"thread_detached.c"},
      {"thread_exec.c"},
      {"thread_fork.c"},
      {"thread_storm.c"},
      {"threads_cpp.cpp"},
      {"threads_same_lines.c"},
  });
}

TEST_CASE("a signal does to a traced program what it does to an untraced one", "[live][signal]") {
  check_all({
      {"child_sigterm.c"},      {"fault_handlers.c"},       {"job_control.c"},
      {"own_int3.c"},           {"own_trap_flag.c"},        {"realtime_signal.c"},
      {"root_abort.c"},         {"root_killed_by_child.c"}, {"root_sigkill.c"},
      {"root_sigsegv.c"},       {"root_sigterm.c"},         {"seccomp.c"},
      {"sigchld_handler.c"},    {"signal_queue.c"},         {"signal_read.c"},
      {"sigsegv_recovery.c"},   {"sigtrap_raised.c"},
      {"sleep_through_stop.c"}, {"stack_overflow.c"},       {"stop_continue.c"},
      {"stop_threads.c"},       {"timer_storm.c"},
  });
}

TEST_CASE("a traced program finds its surroundings as it does untraced", "[live][surroundings]") {
  check_all({
      {"close_all.c"},
      {"limits.c"},
      {"start_state.c"},
  });
}

TEST_CASE("at -O0 the verdicts are gcov's on each line that both call code", "[live][gcov]") {
  for (const char* source :
       {"flow_classes.cpp", "flow_exceptions.cpp", "flow_exit.c", "flow_loops.c", "flow_mixed.cpp",
        "flow_stl.cpp", "flow_switch.c", "flow_templates.cpp", "exit_code.c", "hello.c",
        "sigsegv_recovery.c", "threads_cpp.cpp", "threads_same_lines.c"}) {
    const Subject subject{source};
    DYNAMIC_SECTION(source) {
      const TemporaryFolder folder;
      const std::string log = folder.file("run.db");
      record(log, command_line(subject, "O0"));
      check_nothing(check_equals_gcov(log, program(subject.name(), "gcov"), source));
    }
  }
}

}  // namespace
}  // namespace recount::test
