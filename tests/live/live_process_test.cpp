// How processes are born, become other programs and end, and what they do to their own text: each
// program does it untraced and recorded, with probes on its own lines.
#include <unistd.h>

#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/somebody.hpp"
#include "tests/support/temporary_folder.hpp"

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
      {"hides_memory.c"},
      {.source = "pid_namespace.c", .is_repeatable = false},
      {"subreaper.c"},
  });
}

// Which children those are is chance, and one run may have none.
TEST_CASE("a child lives on whose parent was killed before it could tell of it", "[live][process][birth]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  std::string looks = "0";
  for (int runs = 0; looks == "0" && runs < 20; ++runs) {
    const Ending traced = record(log, {program("forker_killed", "O0")}, "", {"--force"});
    CHECK(traced.output == "children that died of a signal: 0\n");
    CHECK(replay({"verify", log}).status() == 0);
    looks = value(log, "SELECT count(*) FROM trace_event JOIN trace_event_kind USING (kind) WHERE name = 'surveyed'");
  }
  CHECK(looks != "0");
}

// Its end is the one thing that is not in the log: whoever is let go reports no end. If a thread
// faults, another one reports it.
void check_end_of_init(const std::string& how, const std::string& build) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::vector<std::string> command{program("namespace_init_sigsegv", build), how};
  const Ending untraced = run({.arguments = command});
  const Ending traced = record(log, command);
  check_same_behaviour(traced, untraced);
  CHECK(replay({"verify", log}).status() == 0);
  if (was_skipped(untraced)) {
    WARN(untraced.output);
    return;
  }
  const std::string let_go = how == "thread" ? "0" : "1";
  CHECK(value(log, "SELECT count(*) FROM diagnostic WHERE key = 'init-let-go'") == let_go);
  CHECK(value(log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == let_go);
  if (how == "segv" && build == "O0") check_nothing(check_expected_hits(log, "namespace_init_sigsegv.c"));
}

TEST_CASE("the init of a pid namespace dies of its faults", "[live][process][birth]") {
  for (const char* how : {"segv", "abort", "int3", "thread"}) {
    for (const char* build : {"O0", "O2"}) {
      DYNAMIC_SECTION(how << " " << build) {
        for (int i = 0; i < repeats(); i++) check_end_of_init(how, build);
      }
    }
  }
}

TEST_CASE("a process may become another program in any way that Linux has", "[live][process][exec]") {
  check_all({
      {"exec_deleted.c"},
      {.source = "exec_elf32.c", .output_comes_out = false},
      {"exec_failures.c"},
      {"exec_memfd.c"},
      {"exec_preload.c", {"@exec_preload", "@preload_library"}},
      {"exec_script.c"},
      {"file_replaced.c"},
      {"fork_exec.c", {"@fork_exec", "@greet-static", "you"}, "", {"greet.c"}},
  });
}

namespace fs = std::filesystem;

// Programs that any user may run, one of them with the rights of its owner.
class SetuidProgram {
 public:
  explicit SetuidProgram(uid_t owner) {
    fs::permissions(folder_.path(), fs::perms::all);
    fs::copy_file(RECOUNT_RECORD, folder_.file("recount-record"));
    fs::copy_file(program("tell_ids", "O0"), path());
    if (chown(path().c_str(), owner, owner) != 0) throw std::runtime_error("chown");
    fs::permissions(path(), fs::perms::set_uid, fs::perm_options::add);
  }
  std::string path() const { return folder_.file("tell_ids"); }
  std::string log() const { return folder_.file("run.db"); }

  Ending run_as(uid_t user, bool recorded) const {
    const Words recorder{folder_.file("recount-record"), "-q", "-o", log(), "--source-root", RECOUNT_PROGRAM_SOURCES};
    return run({.arguments = as_user(user) + (recorded ? recorder : Words{}) + Words{path()}});
  }
  std::string warnings() const {
    return value(log(), "SELECT count(*) FROM diagnostic WHERE key = 'privilege-withheld'");
  }

 private:
  TemporaryFolder folder_;
};

constexpr uid_t kSomebody = Somebody::kUser;

bool setuid_works_here() {
  if (geteuid() == 0 && SetuidProgram(0).run_as(kSomebody, false).output == "as its owner: 1\n") return true;
  WARN("skipped: takes root, setpriv, and a folder for temporary files that is not nosuid");
  return false;
}

TEST_CASE(
    "a setuid program runs without its privilege where the recorder has none, and the log "
    "says so",
    "[live][process][exec]") {
  if (!setuid_works_here()) return;
  const SetuidProgram program(0);
  const Ending traced = program.run_as(kSomebody, true);
  CHECK(traced.output == "as its owner: 0\n");
  CHECK(traced.status() == 23);
  CHECK(program.warnings() == "1");
  check_nothing(check_expected_hits(program.log(), "tell_ids.c"));
}

TEST_CASE("a setuid program has its privilege where the recorder has its own", "[live][process][exec]") {
  if (!setuid_works_here()) return;
  const SetuidProgram program(kSomebody);
  const Ending traced = program.run_as(0, true);
  CHECK(traced.output == "as its owner: 1\n");
  CHECK(traced.status() == 23);
  CHECK(program.warnings() == "0");
}

// Recorded by somebody without privilege.
class HidingProgram {
 public:
  explicit HidingProgram(const std::string& name, const std::string& library = "")
      : command_{somebody_.bring(program(name, "O0"))} {
    if (!library.empty()) command_.push_back(somebody_.bring(program(library, "O0")));
  }
  std::string log() const { return somebody_.log(); }
  Ending untraced() const { return test::run({.arguments = somebody_.command(command_)}); }
  Ending record(const Words& options) const {
    return test::run({.arguments = somebody_.command(somebody_.recorder(options) + command_)});
  }

 private:
  Somebody somebody_;
  Words command_;
};

TEST_CASE("who hides its memory is recorded with its children by a recorder without privilege", "[live][process]") {
  const HidingProgram program("hides_memory");
  const Ending untraced = program.untraced();
  if (untraced.output.find("hidden: 1") == std::string::npos) {
    WARN("skipped: takes setpriv, or " + untraced.output);
    return;
  }
  for (const Words& way : {Words{"--hits=ordered"}, Words{"--hits=flags"}, Words{"--count"}, Words{"--scope", "fork"},
                           Words{"--branches", "--output", "1000"}}) {
    INFO(way.front());
    const Ending traced = program.record(way);
    CHECK(traced.output == untraced.output);
    CHECK(traced.status() == untraced.status());
    CHECK(traced.errors.empty());
    CHECK(replay({"verify", program.log()}).status() == 0);
    CHECK(value(program.log(), "SELECT count(*) FROM trace_event WHERE kind = 69 AND error = 0") == "15");
    const bool has_annex = way.front() == "--hits=flags" || way.front() == "--count";
    if (has_annex) CHECK(value(program.log(), "SELECT count(*) > 0 FROM trace_event WHERE kind = 61") == "1");
    if (way.front() == "--hits=ordered") check_nothing(check_expected_hits(program.log(), "hides_memory.c"));
  }
}

TEST_CASE("what a process that hides its memory loads is seen, and so is where it dies", "[live][process]") {
  const HidingProgram program("dies_hidden", "little_library");
  if (program.untraced().output != "library_next: 2\nchild: killed by signal 6\n") {
    WARN("skipped: takes setpriv");
    return;
  }
  const Ending traced = program.record({"--hits=ordered"});
  CHECK(traced.output == program.untraced().output);
  CHECK(replay({"verify", program.log()}).status() == 0);
  check_nothing(check_expected_hits(program.log(), "dies_hidden.c"));
  CHECK(value(program.log(), "SELECT count(*) FROM line_coverage WHERE file LIKE '%/little_library.c' AND hits > 0") ==
        "6");
  CHECK(value(program.log(), "SELECT reason FROM crash") == "null");
  CHECK(query(program.log(),
              "SELECT b.function FROM backtrace b JOIN crash c ON c.seq = b.seq WHERE b.file LIKE '%/dies_hidden.c' "
              "ORDER BY b.tid = c.tid DESC, b.level") == std::vector<Row>{{"of_thread"}, {"main"}});
}

TEST_CASE("whose int3 can not be taken out is killed for it, and the log says so", "[live][process]") {
  const HidingProgram program("hides_under_seccomp");
  if (program.untraced().output != "child: exited with 2\n") {
    WARN("skipped: takes setpriv and seccomp(2)");
    return;
  }
  const Ending traced = program.record({"--hits=ordered"});
  CHECK(traced.output == "child: killed by signal 9\n");
  CHECK(traced.errors.find("could not be taken out of its memory") != std::string::npos);
  CHECK(replay({"verify", program.log()}).status() == 0);
  const std::string failures = replay({"failures", program.log()}).output;
  CHECK(failures.find("killed by the recorder, which could not take a probe out") != std::string::npos);
  CHECK(failures.find("record it with --no-coverage") != std::string::npos);
  CHECK(program.record({"--scope", "fork"}).output == traced.output);
  CHECK(program.record({"--no-coverage"}).output == "child: exited with 2\n");
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

TEST_CASE("a process that has unmapped its own text is let go without a probe in the rest of it", "[live][text]") {
  for (int i = 0; i < repeats(); i++) {
    const TemporaryFolder folder;
    const std::string log = folder.file("run.db");
    const std::vector<std::string> command{program("text_unmap", "O0"), "leave-a-child"};
    const Ending untraced = run({.arguments = command});
    const Ending traced = record(log, command, "", {"--wait", "root"});
    CHECK(untraced.output == "left behind: 4\n");
    CHECK(traced.output == untraced.output);
    CHECK(traced.status() == untraced.status());
    CHECK(replay({"verify", log}).status() == 0);
  }
}

TEST_CASE("a library may be replaced, or make room for something else, while it is in use", "[live][text]") {
  check_all({
      {"dlopen_reuse.c", {"@dlopen_reuse", "@little_library", "@other_library"}},
      {"jit_after_dlclose.c", {"@jit_after_dlclose", "@little_library"}},
      {"library_replaced.c", {"@library_replaced", "@little_library", "@other_library"}},
  });
}

}  // namespace
}  // namespace recount::test
