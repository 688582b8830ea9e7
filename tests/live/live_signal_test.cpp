// Live programs that signals, timers and sandboxes happen to, recorded and compared with themselves
// untraced.

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

TEST_CASE("a signal does to a traced program what it does to an untraced one", "[live][signal]") {
  check_all({
      {"alternate_stack.c"},      {"bad_stack.c"},
      {"child_sigterm.c"},        {"core_dumps.c"},
      {"fault_handlers.c"},       {"handler_flags.c"},
      {"job_control.c"},          {.source = "killed_anywhere.c", .is_repeatable = false},
      {"nested_handlers.c"},      {"own_int3.c"},
      {"own_trap_flag.c"},        {"own_trap_kinds.c"},
      {"realtime_signal.c"},      {"root_abort.c"},
      {"root_killed_by_child.c"}, {"root_sigkill.c"},
      {"root_sigsegv.c"},         {"root_sigterm.c"},
      {"sigchld_handler.c"},      {"siginfo_kinds.c"},
      {"signal_at_birth.c"},      {"signal_fd.c"},
      {"signal_queue.c"},         {"signal_read.c"},
      {"signals_at_load.c"},      {"signals_blocked.c"},
      {"signals_default.c"},      {"signals_handled.c"},
      {"signals_ignored.c"},      {"sigsegv_recovery.c"},
      {"sigtrap_raised.c"},       {"sigwait_kinds.c"},
      {"sleep_through_stop.c"},   {"stack_overflow.c"},
      {"step_in_handler.c"},      {"stop_continue.c"},
      {"stop_threads.c"},         {.source = "terminal_stops.c", .is_repeatable = false},
      {"timer_storm.c"},          {"trap_setting.c"},
  });
}

TEST_CASE("what the program has set for SIGTRAP is as it was after each line that it reaches", "[live][signal]") {
  check_all({
      {"trap_blocked.c"},
      {"trap_blocked_thread.c"},
      {"trap_cleared.c"},
      {"trap_forgotten.c"},
      {"trap_handler_blocked.c"},
      {"ignores_trap.c"},
      {"trap_ignored.c"},
      {"trap_in_mask_of_handler.c"},
      {"trap_own_blocked.c"},
      {"trap_waited_for.c"},
  });
}

TEST_CASE("time passes for a traced program as it does for an untraced one", "[live][time]") {
  check_all({
      {"alarms.c"},
      {"interval_timers.c"},
      {"posix_timers.c"},
      {"restart_calls.c"},
      {"stopped_calls.c"},
      {"timer_fd.c"},
  });
}

TEST_CASE("a traced program finds its surroundings as it does untraced", "[live][surroundings]") {
  check_all({
      {"close_all.c"},
      {"limits.c"},
      {"no_new_privs.c"},
      {"seccomp.c"},
      {"seccomp_actions.c"},
      {"seccomp_strict.c"},
      {"start_state.c"},
  });
}

// They leave with 77 where what they need is not permitted: to a user, or in a container.
TEST_CASE("a traced program is at home in a namespace without /proc and in a chroot", "[live][surroundings]") {
  constexpr int kNotPermitted = 77;
  for (const char* source : {"chroot_self.c", "no_proc.c"}) {
    const Subject subject{source};
    const Ending untraced = run({.arguments = command_line(subject, "O0")});
    if (untraced.exit_code == kNotPermitted) {
      WARN("skipped: " << source << ": " << untraced.output);
      continue;
    }
    check_all({subject});
  }
}

// Who discards what is a matter of who is quicker.
TEST_CASE("threads of a program that ignores SIGTRAP come where they come untraced, with a stop at each line",
          "[live][trap]") {
  const std::string path = program("ignores_trap", "O0");
  const Ending untraced = run({.arguments = {path}});
  for (int i = 0; i < 10 * repeats(); ++i) {
    const TemporaryFolder folder;
    const std::string way = i % 2 == 0 ? "--hits=counts,ordered" : "--probes=line";
    check_same_behaviour(record(folder.file("run.db"), {path}, "", {way}), untraced);
  }
}

}  // namespace
}  // namespace recount::test
