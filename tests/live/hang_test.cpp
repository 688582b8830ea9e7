// A run that never ends by itself, and that the recorder killed: where each thread stood, and what it waited for.
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

// In how many threads of the process, and of its only child, this system call waits (proc(5), /proc/PID/syscall).
int waiting_in(const std::string& pid, long call) {
  int count = 0;
  std::error_code error;
  for (const auto& task : fs::directory_iterator("/proc/" + pid + "/task", error)) {
    long number = 0;
    if (std::ifstream(task.path() / "syscall") >> number && number == call) ++count;  // else "running"
    std::string child;
    if (std::ifstream(task.path() / "children") >> child) count += waiting_in(child, call);
  }
  return count;
}

// Killed by the second SIGTERM, when as many threads wait in each of these calls.
struct Hung {
  Hung(const std::string& way, const std::map<long, int>& calls) {
    Background recording({.arguments = recorder({"-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES, "--",
                                                 built_program("hang"), way})});
    REQUIRE(recording.says("\n"));
    const std::string pid = recording.output().substr(0, recording.output().find('\n'));
    const auto all_wait = [&] {
      return std::all_of(calls.begin(), calls.end(),
                         [&](const auto& call) { return waiting_in(pid, call.first) == call.second; });
    };
    REQUIRE(comes_true(all_wait));
    recording.send(SIGTERM);
    REQUIRE(recording.says("got TERM"));
    REQUIRE(comes_true(all_wait));
    recording.send(SIGTERM);
    CHECK(recording.wait().exit_code == 137);
    check_sealed(log);
    text = run({.arguments = {RECOUNT_REPLAY, "failures", log}}).output;
    failure =
        Json::parse(run({.arguments = {RECOUNT_REPLAY, "failures", log, "--format", "json"}}).output)["failures"][0];
  }
  TemporaryFolder folder;
  std::string log = folder.file("run.db");
  std::string text;
  Json failure;
};

TEST_CASE("a deadlock of two threads is told as one", "[hang]") {
  const Hung hung("deadlock", {{SYS_futex, 2}});
  CHECK_THAT(hung.text, ContainsSubstring("   deadlock: thread ") && ContainsSubstring(" waits for thread ") &&
                            ContainsSubstring("waiting in futex for the mutex at 0x") &&
                            ContainsSubstring("take_second_then_first") &&
                            ContainsSubstring("  // waits for the other's") &&
                            ContainsSubstring("  // waits for main's"));
  CHECK(hung.failure["crash"]["deadlock"].size() == 2);
  CHECK(value(hung.log,
              "SELECT count(*) FROM crash_wait a JOIN crash_wait b USING (seq) "
              "WHERE a.holder_tid = b.tid AND b.holder_tid = a.tid AND a.object LIKE 'the mutex at 0x%'") == "2");
  CHECK(query(hung.log, "SELECT signal_name, fatal, tid = (SELECT pid FROM process) FROM crash") ==
        std::vector<Row>{{"SIGKILL", "1", "1"}});
}

TEST_CASE("who waits for the end of a thread says which", "[hang]") {
  const Hung hung("join", {{SYS_pause, 1}, {SYS_futex, 1}});
  CHECK_THAT(hung.text, ContainsSubstring(", waiting in futex for the end of thread ") &&
                            ContainsSubstring(", waiting in pause, was in:") && !ContainsSubstring("deadlock: thread"));
}

TEST_CASE("threads that wait alike are told once", "[hang]") {
  const Hung hung("pool", {{SYS_pause, 4}, {SYS_futex, 1}});
  CHECK_THAT(hung.text, ContainsSubstring(" and 3 more like it, waiting in pause, were in:"));
  CHECK(value(hung.log, "SELECT count(*) FROM crash_wait WHERE call = 'pause'") == "4");
}

TEST_CASE("of a process and its child, what hangs is told first, and the other waits for it", "[hang]") {
  const Hung hung("child", {{SYS_read, 1}, {SYS_wait4, 1}});
  CHECK(value(hung.log,
              "SELECT count(*) FROM crash_wait w JOIN crash c USING (seq) JOIN process p USING (upid) "
              "WHERE w.call = 'read' AND w.object LIKE 'pipe:[%' AND p.created_by = 'fork'") == "1");
  CHECK(value(hung.log,
              "SELECT count(*) FROM crash_wait WHERE call = 'wait4' AND object = 'pid ' || "
              "(SELECT pid FROM process WHERE created_by = 'fork')") == "1");
  CHECK_THAT(hung.text, ContainsSubstring("waiting in read for pipe:["));
}

TEST_CASE("what spins at --timeout has its backtrace, and waits for nothing", "[hang]") {
  const TemporaryFolder folder;
  const Ending ending = record_in(folder, {"-q", "-o", "run.db", "--source-root", RECOUNT_PROGRAM_SOURCES, "--timeout",
                                           "2", "--", built_program("hang"), "spin"});
  CHECK(ending.status() == 124);
  const std::string log = folder.file("run.db");
  check_sealed(log);
  CHECK(value(log, "SELECT count(*) FROM crash_wait") == "0");
  CHECK(value(log, "SELECT count(*) FROM backtrace WHERE function = 'spin' AND level = 0 AND file LIKE '%/hang.c'") ==
        "1");
  CHECK_THAT(run({.arguments = {RECOUNT_REPLAY, "failures", log}}).output,
             ContainsSubstring("1. timed out after 2 s: ") && ContainsSubstring("     spin  at "));
}

}  // namespace
}  // namespace recount::test
