// How processes are born, become other programs and end, and what they do to their own text: each
// program does it untraced and recorded, with probes on its own lines.
#include <catch2/catch.hpp>

#include "tests/support/live_subject.hpp"

namespace recount::test {
namespace {

TEST_CASE("a process may be born in any way that Linux has", "[live][process][birth]") {
  check_all({
      {"clone3_pidfd.c"},
      {"clone3_set_tid.c"},
      {"clone_files.c"},
      {"clone_fs.c"},
      {"clone_parent.c"},
      {"clone_parent_root.c"},
      {"clone_thread.c"},
      {"clone_untraced.c"},
      {"fork_bomb.c"},
      {"fork_thousand.c"},
      {"pid_namespace.c"},
      {"subreaper.c"},
  });
}

TEST_CASE("a process may become another program in any way that Linux has",
          "[live][process][exec]") {
  check_all({
      {"exec_deleted.c"},
      {"exec_elf32.c"},
      {"exec_failures.c"},
      {"exec_memfd.c"},
      {"exec_preload.c", {"@exec_preload", "@preload_library"}},
      {"exec_script.c"},
      {"file_replaced.c"},
      {"fork_exec.c", {"@fork_exec", "@greet-static", "you"}, "", {"greet.c"}},
  });
}

TEST_CASE("a process may end in any way, at any moment", "[live][process][end]") {
  check_all({
      {"exit_in_thread.c"},
      {"exit_races.c"},
      {"killed_from_outside.c"},
      {"oom_killed.c"},
      {"zombies.c"},
  });
}

TEST_CASE("a program may change its own text, or lose it", "[live][text]") {
  check_all({
      {"copied_text.c"},
      {"text_dontfork.c"},
      {"text_huge.c"},
      {"text_mprotect.c"},
      {"text_overwrite.c"},
      {"text_unmap.c"},
  });
}

TEST_CASE("a library may be replaced, or make room for something else, while it is in use",
          "[live][text]") {
  check_all({
      {"dlopen_reuse.c", {"@dlopen_reuse", "@little_library", "@other_library"}},
      {"jit_after_dlclose.c", {"@jit_after_dlclose", "@little_library"}},
      {"library_replaced.c", {"@library_replaced", "@little_library", "@other_library"}},
  });
}

}  // namespace
}  // namespace recount::test
