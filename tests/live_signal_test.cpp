// Live programs that signals, timers and sandboxes happen to, recorded and compared with themselves
// untraced.
#include <catch2/catch.hpp>

#include "tests/support/live_subject.hpp"

namespace recount::test {
namespace {

TEST_CASE("a signal does to a traced program what it does to an untraced one", "[live][signal]") {
  check_all({
      {"child_sigterm.c"},      {"fault_handlers.c"},       {"job_control.c"},
      {"own_int3.c"},           {"own_trap_flag.c"},        {"realtime_signal.c"},
      {"root_abort.c"},         {"root_killed_by_child.c"}, {"root_sigkill.c"},
      {"root_sigsegv.c"},       {"root_sigterm.c"},         {"seccomp.c"},
      {"sigchld_handler.c"},    {"signal_queue.c"},         {"signal_read.c"},
      {"sigsegv_recovery.c"},   {"sigtrap_raised.c"},
      {"sleep_through_stop.c"}, {"stack_overflow.c"},       {"stop_continue.c"},
      {"stop_threads.c"},       {"timer_storm.c"},          {"trap_setting.c"},
  });
}

TEST_CASE("a traced program finds its surroundings as it does untraced", "[live][surroundings]") {
  check_all({
      {"close_all.c"},
      {"limits.c"},
      {"start_state.c"},
  });
}

}  // namespace
}  // namespace recount::test
