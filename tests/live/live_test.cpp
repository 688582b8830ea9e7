// Live programs, recorded and compared: with themselves untraced, with the expectations beside
// their lines, with readelf, with gcov.

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

TEST_CASE("a program of one thread behaves as it does untraced and its lines are told apart", "[live][plain]") {
  check_all({
      {"hello.c"},
      {"shared_address.c"},
      {"exit_code.c", {"@exit_code", "0"}},
      {"exit_code.c", {"@exit_code", "1"}},
      {"exit_code.c", {"@exit_code", "125"}},
      {"exit_code.c", {"@exit_code", "255"}},
      {"flow_exit.c"},
  });
  check_all(flow_programs());
}

TEST_CASE("an executable is covered wherever it is loaded and whatever its line table looks like", "[live][plain]") {
  const Subject hello{"hello.c"};
  for (const char* build : {"no-pie", "static", "static-pie", "dwarf-4", "dwarf-5"}) check(hello, build);
}

TEST_CASE("a shared library is covered like the program that needs it", "[live][library]") {
  check_all({{"library_start.c", {}, "", {"library_part.c"}}});
}

TEST_CASE("every process of a run is followed through fork, vfork, clone and exec", "[live][process]") {
  check_all({
      {"clone_vfork_copy.c"},
      {"clone_vm.c"},
      {"clone_vm_together.c"},
      {"daemon.c"},
      {"exec_missing.c"},
      {"fork_exec.c", {"@fork_exec", "@greet", "you"}, "", {"greet.c"}},
      {.source = "fork_killed.c", .output_comes_out = false},
      {"forker_killed.c"},
      {"fork_many.c"},
      {"fork_plain.c"},
      {"orphan.c"},
      {"parent_death.c"},
      {.source = "run_popen.c",
       .command = {"@run_popen", "@greet"},
       .other_sources = {"greet.c"},
       .output_comes_out = false},
      {"run_system.c", {"@run_system", "@greet"}, "", {"greet.c"}},
      {"self_exec.c"},
      {"spawn.c", {"@spawn", "@greet", "you"}, "", {"greet.c"}},
      {.source = "upper.c",
       .command = {"sh", "-c", "cat | \"$0\" | sort | \"$0\"", "@upper"},
       .input = "pear\napple\n",
       .output_comes_out = false},
      {"vfork_exec.c", {"@vfork_exec", "@greet", "you"}, "", {"greet.c"}},
      {"vfork_shared.c"},
      {"waits.c"},
  });
}

TEST_CASE("every thread of a run is followed, whichever ends or execs first", "[live][thread]") {
  check_all({
      {"leader_first.c"},
      {"leader_first.c", {"@leader_first", "exit"}, "", {}, kOther},
      {.source = "thread_detached.c", .is_repeatable = false},
      {"thread_exec.c"},
      {"thread_fork.c"},
      {"thread_storm.c"},
      {"threads_cpp.cpp"},
      {"threads_same_lines.c"},
  });
}

TEST_CASE("at -O0 the verdicts are gcov's on each line that both call code", "[live][gcov]") {
  for (const char* source : {"flow_classes.cpp", "flow_exceptions.cpp", "flow_exit.c", "flow_labels.c", "flow_loops.c",
                             "flow_mixed.cpp", "flow_stl.cpp", "flow_switch.c", "flow_templates.cpp", "exit_code.c",
                             "hello.c", "sigsegv_recovery.c", "threads_cpp.cpp", "threads_same_lines.c"}) {
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
