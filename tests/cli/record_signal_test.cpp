// How a recording ends: by itself, by a timeout, with orphans left, by a signal to the recorder.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// --- how a run ends early ---

TEST_CASE("--timeout ends every process of the run, whatever it does", "[cli][end]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string tree =
      "sh -c 'trap \"\" TERM; while :; do sleep 1; done' & sh -c 'kill -STOP $$' & sleep 100 & "
      "wait";
  const auto start = std::chrono::steady_clock::now();
  const Ending ending = record({"-q", "--timeout", "2.5", "-o", log, "--", "sh", "-c", tree});
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(ending.status() == 124);
  CHECK(ending.left_running == 0);
  CHECK(took >= std::chrono::milliseconds{2500});
  CHECK(took < std::chrono::seconds{30});
  check_one_line(ending.errors, "--timeout");
  CHECK_THAT(ending.errors, ContainsSubstring(log));
  check_sealed(log);
  CHECK(value(log, "SELECT count(*) >= 4 FROM process") == "1");
  CHECK(value(log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "0");
  CHECK(value(log, "SELECT count(*) FROM event WHERE kind = 'group_stop'") == "1");
}

TEST_CASE("a run that ends before its timeout ends as it would have", "[cli][end]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  CHECK(record({"-q", "--timeout", "60", "-o", log, "--", "sh", "-c", "exit 3"}).status() == 3);
  check_sealed(log);
}

// The program of the orphan tests, and the FIFO through which its orphan gets word.
struct Orphan {
  TemporaryFolder folder;
  std::string log = folder.file("run.db");
  std::string word = folder.file("word");
  std::string result = folder.file("result");

  Orphan() { mkfifo(word.c_str(), 0644); }

  Words recorded(const Words& options) const {
    return recorder(Words{"-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES} + options +
                    Words{"--", built_program("orphan_later"), word, result});
  }

  // False: it is not there to take it.
  bool give_word() const {
    return comes_true([this] {
      const int fd = open(word.c_str(), O_WRONLY | O_NONBLOCK);
      const bool given = fd >= 0 && ::write(fd, "!", 1) == 1;
      close(fd);
      return given;
    });
  }
  bool has_done_its_work() const {
    return give_word() && comes_true([this] { return contents_of(result).find("done\n") != std::string::npos; });
  }
};

void check_let_go(Orphan& orphan, Background& recorder, const Ending& ending) {
  CHECK(ending.status() == 21);
  CHECK(ending.output == "root: leaving\n");
  check_one_line(ending.errors, "let go");  // -q: what goes on is said once, not for each process
  CHECK_THAT(ending.errors, ContainsSubstring(orphan.log));
  CHECK_FALSE(fs::exists(orphan.result));
  CHECK(orphan.has_done_its_work());
  CHECK(contents_of(orphan.result) == "tracer 0, sum 55, done\n");
  const Remains remains = recorder.remains();
  CHECK(remains.running == 0);
  CHECK(remains.killed_by_trap == 0);
  check_sealed(orphan.log);
  CHECK(value(orphan.log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "1");
}

TEST_CASE("--wait root lets an orphan go at once and it goes on untraced", "[cli][end]") {
  Orphan orphan;
  const auto start = std::chrono::steady_clock::now();
  Background recorder({.arguments = orphan.recorded({"--wait", "root"})});
  const Ending ending = recorder.wait();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{9});
  check_let_go(orphan, recorder, ending);
}

TEST_CASE("an orphan is let go after 10 seconds", "[cli][end][10-seconds]") {
  Orphan orphan;
  const auto start = std::chrono::steady_clock::now();
  Background recorder({.arguments = orphan.recorded({})});
  const Ending ending = recorder.wait();
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::seconds{10});
  check_let_go(orphan, recorder, ending);
}

TEST_CASE("--wait all waits for an orphan that ends by itself", "[cli][end]") {
  Orphan orphan;
  Background recorder({.arguments = orphan.recorded({"--wait", "all"})});
  REQUIRE(recorder.says("root: leaving"));
  REQUIRE(orphan.has_done_its_work());
  const Ending ending = recorder.wait();
  CHECK(ending.status() == 21);
  CHECK(ending.errors.empty());
  CHECK_THAT(contents_of(orphan.result), !ContainsSubstring("tracer 0"));
  CHECK(value(orphan.log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "0");
  check_sealed(orphan.log);
}

// --- signals to the recorder ---

const std::string kReady = "SIGHUP is ";

TEST_CASE("a signal to the recorder alone reaches the program", "[cli][signal]") {
  for (const auto& [signal, name] :
       std::map<int, std::string>{{SIGINT, "INT"}, {SIGTERM, "TERM"}, {SIGHUP, "HUP"}, {SIGQUIT, "QUIT"}}) {
    DYNAMIC_SECTION(name) {
      const TemporaryFolder folder;
      const std::string log = folder.file("run.db");
      Background recording({.arguments = recorder({"-q", "-o", log, "--", built_program("signals_told"), "7"})});
      REQUIRE(recording.says(kReady));
      recording.send(signal);
      const Ending ending = recording.wait();
      CHECK(ending.status() == 7);
      CHECK(ending.output == "SIGHUP is not ignored\ngot " + name + "\n");
      CHECK(recording.remains().running == 0);
      check_sealed(log);
    }
  }
}

// The limit counts for each process: for the recorder, which answers for all, as well.
TEST_CASE("a recorder whose processor time is spent lets the program go", "[cli][end][limit]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string some = "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done";
  const std::string many =
      "for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sh -c '" + some + "'; done; echo done; exit 5";
  const Ending ending = run({.arguments = Words{"bash", "-c", "ulimit -t 1; exec \"$@\"", "bash"} +
                                          recorder({"-q", "-o", log, "--", "sh", "-c", many})});
  CHECK(ending.status() == 5);
  CHECK(ending.output == "done\n");
  CHECK_THAT(ending.errors, ContainsSubstring("processor time") && ContainsSubstring("ulimit -t"));
  check_sealed(log);
  CHECK(value(log, "SELECT exit_code FROM run") == "5");
  CHECK(value(log, "SELECT count(*) FROM diagnostic WHERE key = 'processor-time-spent'") == "1");
}

TEST_CASE("a second SIGTERM to the recorder ends the run", "[cli][signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = recorder({"-q", "-o", log, "--", built_program("signals_told")})});
  REQUIRE(recording.says(kReady));
  recording.send(SIGTERM);
  REQUIRE(recording.says("got TERM"));
  recording.send(SIGTERM);
  const Ending ending = recording.wait();
  CHECK_FALSE(ending.timed_out);
  CHECK(ending.exit_code == 128 + SIGKILL);
  CHECK(recording.remains().running == 0);
  check_sealed(log);
  CHECK(value(log, "SELECT term_signal FROM run") == std::to_string(SIGKILL));
}

// It leads a process group, and passes a signal on to its command and then to the group of both.
TEST_CASE("timeout(1) asks the run to end once", "[cli][signal]") {
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder folder;
    const std::string log = folder.file("run.db");
    Background recording({.arguments = Words{"timeout", "600"} +
                                       recorder({"-q", "-o", log, "--", "sh", "-c",
                                                 "trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done"})});
    REQUIRE(recording.says("ready"));
    recording.send(SIGTERM);
    CHECK(recording.wait().exit_code == 9);
    check_sealed(log);
    CHECK(value(log, "SELECT exit_code FROM run") == "9");
  }
}

TEST_CASE("a SIGHUP that was ignored stays ignored", "[cli][signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = Words{"sh", "-c", R"(trap '' HUP; exec "$@")", "sh"} +
                                     recorder({"-q", "-o", log, "--", built_program("signals_told")})});
  REQUIRE(recording.says(kReady));
  recording.send(SIGHUP);
  recording.send(SIGTERM);
  REQUIRE(recording.says("got TERM"));
  recording.send(SIGTERM);
  const Ending ending = recording.wait();
  CHECK(ending.output == "SIGHUP is ignored\ngot TERM\n");
  CHECK(ending.exit_code == 128 + SIGKILL);
  check_sealed(log);
}

}  // namespace
}  // namespace recount::test
