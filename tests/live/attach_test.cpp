// A process that runs already is attached to, and let go: it can't tell, and its log is a log.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>
#include <regex>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/somebody.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// A command beside others that go on: what it says goes to files of the folder.
class Started {
 public:
  Started(const TemporaryFolder& folder, const std::string& name, Words words)
      : output_(folder.file(name + ".out")), errors_(folder.file(name + ".err")), pid_(fork()) {
    if (pid_ != 0) return;
    ::setpgid(0, 0);
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 1);
    ::dup2(::open(errors_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 2);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
    ::_exit(127);
  }
  ~Started() {
    if (pid_ == 0) return;
    send(SIGKILL);
    wait();
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }
  bool has_said(const std::string& text) const {
    return comes_true([&] { return contents_of(output_).find(text) != std::string::npos; });
  }
  std::string output() const { return contents_of(output_); }
  std::string errors() const { return contents_of(errors_); }
  int wait() {  // as a shell says it
    int status = 0;
    if (::waitpid(std::exchange(pid_, 0), &status, 0) < 0) return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  std::string output_, errors_;
  pid_t pid_;
};

Words attach_words(pid_t pid, const std::string& log, const Words& options) {
  return recorder(Words{"--pid", std::to_string(pid), "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES} + options);
}

std::string status_word(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  return {};
}

bool is_traced(pid_t pid) { return status_word(pid, "TracerPid") != "0"; }

const std::string kWorked = "at work\nsignal 15, some work\nlost: 0 signals, 0 calls, 0 children, 0 objects\n";

// Of a log, without the end of whatever else runs.
void check_verified(const std::vector<std::string>& logs) {
  for (const std::string& log : logs) {
    INFO(log);
    check_sealed(log);
    check_nothing(check_views_equal_replay(log));
  }
}

long sum_of(const std::vector<std::string>& logs, const std::string& sql) {
  long sum = 0;
  for (const std::string& log : logs) sum += std::stol(value(log, sql));
  return sum;
}

TEST_CASE("a program that is attached to and let go at random moments does what it does untraced", "[attach]") {
  std::mt19937 random{std::random_device{}()};
  const auto below = [&random](unsigned end) { return random() % end; };
  for (const std::string build : {"O0", "O2"}) {
    const TemporaryFolder folder;
    std::vector<std::string> logs;
    Started worker(folder, "worker", {program("at_work", build)});
    REQUIRE(worker.has_said("at work"));
    const auto children = [&logs] { return sum_of(logs, "SELECT count(*) FROM process WHERE parent_upid = 1"); };
    // A slow recorder may take part of a round to attach: then there are more rounds.
    for (int round = 0; round < 5 * repeats() || (children() <= 3 && round < 50 * repeats()); ++round) {
      logs.push_back(folder.file(std::to_string(round) + ".db"));
      const bool by_signal = below(2) == 0;
      const std::string seconds = by_signal ? "60" : "0." + std::to_string(100 + below(300));
      const Words options = Words{"--for", seconds, "--scope", below(2) == 0 ? "fork" : "process"};
      Started recorder(folder, "recorder", attach_words(worker.pid(), logs.back(), options));
      if (by_signal) {
        CHECK(comes_true([&] { return is_traced(worker.pid()); }));
        nap(std::chrono::microseconds{400'000 + below(200'000)});
        recorder.send(std::array{SIGINT, SIGTERM, SIGHUP}[below(3)]);
      }
      INFO(build << ", round " << round << (by_signal ? " by a signal: " : ": ") << recorder.errors());
      CHECK(recorder.wait() == 0);
      CHECK_FALSE(is_traced(worker.pid()));
      CHECK_THAT(recorder.errors(), ContainsSubstring("was let go and runs on"));
    }
    worker.send(SIGTERM);
    CHECK(worker.wait() == 7);
    CHECK(worker.output() == kWorked);
    check_verified(logs);
    CHECK(sum_of(logs, "SELECT count(*) FROM process WHERE created_by = 'attach' AND upid = 1") == std::ssize(logs));
    CHECK(children() > 3);
    CHECK(sum_of(logs, "SELECT count(*) >= 10 FROM thread WHERE upid = 1") == std::ssize(logs));
    CHECK(sum_of(logs, "SELECT hits FROM function_coverage WHERE function = 'steps_to_one'") > 0);
    CHECK(sum_of(logs, "SELECT hits FROM function_coverage WHERE function = 'main'") == 0);
    CHECK_THAT(value(logs.front(), "SELECT argv FROM run"), ContainsSubstring("at_work-" + build));
  }
}

TEST_CASE("a program may end while it is attached to, and its status is the recorder's", "[attach]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Started worker(folder, "worker", {built_program("at_work")});
  REQUIRE(worker.has_said("at work"));
  Started recorder(folder, "recorder", attach_words(worker.pid(), log, {}));
  CHECK(comes_true([&] { return is_traced(worker.pid()); }));
  nap(std::chrono::milliseconds{500});
  worker.send(SIGTERM);
  CHECK(recorder.wait() == 7);
  CHECK(worker.wait() == 7);
  CHECK(worker.output().starts_with("at work\nsignal 15, some work\nlost: 0 signals, 0 calls, 0 children"));
  check_verified({log});
  CHECK(value(log, "SELECT exit_code FROM process WHERE upid = 1") == "7");
}

// A stop by a signal breaks off some calls, traced or not: those that threads are in by then.
std::string without_broken_calls(const std::string& output) {
  const std::string whole = std::regex_replace(output, std::regex("[a-z_]+ was broken off\n"), "");
  return std::regex_replace(whole, std::regex("[0-9]+ calls"), "0 calls");
}

// A shell with two workers that were there before the recorder.
Words two_workers() {
  const std::string worker = built_program("at_work");
  return {"sh", "-c",
          worker + " & first=$!; " + worker + " & echo $! $first >&2; trap 'kill $first $!' TERM; wait; wait; wait"};
}

TEST_CASE("a process is attached to with its descendants", "[attach]") {
  const TemporaryFolder folder;
  Started shell(folder, "shell", two_workers());
  REQUIRE(shell.has_said("at work\nat work"));
  std::vector<std::string> logs;
  for (int round = 0; round < 3 * repeats(); ++round) {
    logs.push_back(folder.file(std::to_string(round) + ".db"));
    Started recorder(folder, "recorder", attach_words(shell.pid(), logs.back(), {"--tree", "--for", "0.7"}));
    INFO("round " << round << ": " << recorder.errors());
    CHECK(recorder.wait() == 0);
    CHECK_FALSE(is_traced(shell.pid()));
    CHECK_THAT(recorder.errors(), ContainsSubstring("was let go and runs on"));
  }
  shell.send(SIGTERM);
  shell.wait();
  const std::string output = shell.output();
  const auto told = output.find("signal 15, some work\nlost: 0 signals, 0 calls, 0 children, 0 objects\n");
  CHECK(told != std::string::npos);
  CHECK(output.rfind("lost: 0 signals, 0 calls, 0 children, 0 objects\n") > told);
  check_verified(logs);
  const std::string workers = " FROM process WHERE created_by = 'attach' AND parent_upid = 1 AND path LIKE '%at_work%'";
  for (const std::string& log : logs) {
    CHECK(value(log, "SELECT count(*)" + workers) == "2");
    CHECK(value(log, "SELECT count(DISTINCT pid)" + workers) == "2");
  }
  CHECK(sum_of(logs, "SELECT count(DISTINCT upid) FROM hit JOIN process USING (upid) WHERE parent_upid = 1") > 0);
}

TEST_CASE("a descendant that may not be traced, or is not to be, is left out", "[attach]") {
  const TemporaryFolder folder;
  Started shell(folder, "shell", two_workers());
  REQUIRE(shell.has_said("at work\nat work"));
  REQUIRE(comes_true([&] { return shell.errors().ends_with("\n"); }));
  const pid_t second = std::stoi(shell.errors());
  const std::string log = folder.file("run.db");
  Started other(folder, "other", attach_words(second, folder.file("other.db"), {"--safe"}));
  CHECK(comes_true([&] { return is_traced(second); }));
  Started recorder(folder, "recorder", attach_words(shell.pid(), log, {"--tree", "--for", "0.5"}));
  CHECK(recorder.wait() == 0);
  CHECK_THAT(recorder.errors(), ContainsSubstring("process " + std::to_string(second) + " (at_work"));
  CHECK_THAT(recorder.errors(), ContainsSubstring("is left untraced: process"));
  const std::string left_out = "(SELECT upid FROM process WHERE pid = " + std::to_string(second) + ")";
  CHECK(value(log, "SELECT count(*) FROM process WHERE parent_upid = 1") == "2");
  CHECK(value(log, "SELECT count(*) FROM hit WHERE upid = " + left_out) == "0");
  CHECK(value(log, "SELECT count(*) > 0 FROM hit WHERE upid <> " + left_out) == "1");
  other.send(SIGINT);
  CHECK(other.wait() == 0);
  const std::string none = folder.file("none.db");
  Started without(folder, "without",
                  attach_words(shell.pid(), none, {"--tree", "--no-follow", "at_work*", "--for", "0.3"}));
  CHECK(without.wait() == 0);
  CHECK(value(none, "SELECT count(*) FROM process") == "1");
  check_verified({log, none});
  shell.send(SIGTERM);
  shell.wait();
}

TEST_CASE("a stopped program is attached to and let go without going on", "[attach]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Started worker(folder, "worker", {built_program("at_work")});
  REQUIRE(worker.has_said("at work"));
  worker.send(SIGSTOP);
  CHECK(comes_true([&] { return status_word(worker.pid(), "State").starts_with("T"); }));
  Started recorder(folder, "recorder", attach_words(worker.pid(), log, {"--for", "0.4"}));
  CHECK(recorder.wait() == 0);
  CHECK(status_word(worker.pid(), "State").starts_with("T"));
  worker.send(SIGCONT);
  worker.send(SIGTERM);
  CHECK(worker.wait() == 7);
  CHECK(without_broken_calls(worker.output()) == kWorked);
  check_verified({log});
}

// A signal that the recorder has been told of, and has not passed on yet, is lost with it: the kernel forgets it when it is told
// (wait_task_stopped, kernel/exit.c, Linux 6.18).
TEST_CASE("with --safe a program outlives its recorder", "[attach]") {
  const TemporaryFolder folder;
  Started worker(folder, "worker", {built_program("at_work")});
  REQUIRE(worker.has_said("at work"));
  Started recorder(folder, "recorder", attach_words(worker.pid(), folder.file("run.db"), {"--safe"}));
  CHECK(comes_true([&] { return is_traced(worker.pid()); }));
  nap(std::chrono::milliseconds{400});
  recorder.send(SIGKILL);
  CHECK(recorder.wait() == 128 + SIGKILL);
  worker.send(SIGTERM);
  const int status = worker.wait();
  CHECK((status == 7 || status == 8));
  CHECK(std::regex_replace(worker.output(), std::regex("lost: 1 signals"), "lost: 0 signals") == kWorked);
}

TEST_CASE("a program with probes ends with a recorder that is killed", "[attach]") {
  const TemporaryFolder folder;
  Started worker(folder, "worker", {built_program("at_work")});
  REQUIRE(worker.has_said("at work"));
  Started recorder(folder, "recorder", attach_words(worker.pid(), folder.file("run.db"), {}));
  CHECK(comes_true([&] { return is_traced(worker.pid()); }));
  nap(std::chrono::milliseconds{400});
  recorder.send(SIGKILL);
  CHECK(recorder.wait() == 128 + SIGKILL);
  CHECK(worker.wait() == 128 + SIGKILL);
  CHECK(worker.output() == "at work\n");
}

TEST_CASE("who hides its memory while it is attached to goes on, threads that were there before included", "[attach]") {
  const Somebody somebody;
  Started worker(somebody.folder(), "worker",
                 somebody.command({somebody.bring(program("hides_memory", "O0")), "wait"}));
  REQUIRE(worker.has_said("waits"));
  const Words options{"--pid", std::to_string(worker.pid())};
  Started recorder(somebody.folder(), "recorder", somebody.command(somebody.recorder(options)));
  const bool is_attached = comes_true([&] { return is_traced(worker.pid()); });
  nap(std::chrono::milliseconds{400});
  worker.send(SIGUSR1);
  CHECK(worker.wait() == 0);
  recorder.wait();
  CHECK(worker.output().find("hidden: 1") != std::string::npos);
  if (!is_attached) {
    WARN("who has no privilege can't attach here: " + recorder.errors());
    return;
  }
  CHECK(recorder.errors().empty());
  CHECK(replay({"verify", somebody.log()}).status() == 0);
}

TEST_CASE("a thread that waits for a vfork child keeps the others for a moment only", "[attach]") {
  const TemporaryFolder folder;
  Started worker(folder, "worker", {built_program("vfork_waits")});
  REQUIRE(worker.has_said("waits"));
  Started recorder(folder, "recorder", attach_words(worker.pid(), folder.file("run.db"), {}));
  CHECK(recorder.wait() == 125);
  check_one_line(recorder.errors(), "was let go before all its threads stood still");
  CHECK(worker.wait() == 0);
  CHECK(worker.output() == "waits\nchild: exited with 3\n400 rounds\n");
  CHECK_FALSE(fs::exists(folder.file("run.db")));
}

// Who stopped it would wait for its parent, which waits for it.
TEST_CASE("a vfork child that is found is not stopped before it has left its parent's memory", "[attach]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Started worker(folder, "worker", {built_program("vfork_waits"), "500"});
  REQUIRE(worker.has_said("waits"));
  Started recorder(folder, "recorder", attach_words(worker.pid(), log, {"--tree", "--for", "0.3"}));
  CHECK(recorder.wait() == 0);
  CHECK_THAT(recorder.errors(), ContainsSubstring("was let go and runs on"));
  CHECK(worker.wait() == 0);
  CHECK(worker.output() == "waits\nchild: exited with 3\n400 rounds\n");
  check_verified({log});
}

TEST_CASE("what cannot be attached to is refused, and told apart", "[attach]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Started worker(folder, "worker", {built_program("at_work")});
  REQUIRE(worker.has_said("at work"));
  const auto said = [&](const Words& words) {
    Started refused(folder, "refused", recorder(Words{"-o", log} + words));
    CHECK(refused.wait() == 125);
    CHECK_FALSE(fs::exists(log));
    return refused.errors();
  };
  const std::string pid = std::to_string(worker.pid());
  CHECK_THAT(said({"--pid", "999999999"}), ContainsSubstring("999999999: there is no such process"));
  CHECK_THAT(said({"--pid", "1x"}), ContainsSubstring("--pid 1x: it takes the number of a process"));
  CHECK_THAT(said({"--pid", pid, "true"}), ContainsSubstring("takes no program"));
  CHECK_THAT(said({"--pid", pid, "--timeout", "3"}), ContainsSubstring("use --for"));
  CHECK_THAT(said({"--pid", pid, "--output", "all"}), ContainsSubstring("--output can not be had"));
  CHECK_THAT(said({"--for", "3", "true"}), ContainsSubstring("--for: it takes --pid"));
  CHECK_THAT(said({"--safe", "true"}), ContainsSubstring("--safe: it takes --pid"));
  CHECK_THAT(said({"--tree", "true"}), ContainsSubstring("--tree: it takes --pid"));
  std::string thread;
  for (const auto& entry : fs::directory_iterator("/proc/" + pid + "/task"))
    if (entry.path().filename() != pid) thread = entry.path().filename();
  const bool is_thread = said({"--pid", thread}).find("it is a thread of process " + pid) != std::string::npos;
  CHECK((is_thread || !fs::exists("/proc/" + thread)));  // it may have ended
  Started itself(folder, "itself", {"sh", "-c", "exec " RECOUNT_RECORD " --pid $$ -o " + log});
  CHECK(itself.wait() == 125);
  CHECK_THAT(itself.errors(), ContainsSubstring("that is the recorder itself"));
  Started first(folder, "first", attach_words(worker.pid(), folder.file("first.db"), {"--safe"}));
  CHECK(comes_true([&] { return is_traced(worker.pid()); }));
  CHECK_THAT(said({"--pid", pid}), ContainsSubstring("traces it already"));
  nap(std::chrono::milliseconds{500});  // until it records
  first.send(SIGINT);
  CHECK(first.wait() == 0);
  const pid_t zombie = fork();
  if (zombie == 0) _exit(0);
  CHECK(comes_true([&] { return status_word(zombie, "State").starts_with("Z"); }));
  CHECK_THAT(said({"--pid", std::to_string(zombie)}), ContainsSubstring("its main thread has ended"));
  waitpid(zombie, nullptr, 0);
  worker.send(SIGTERM);
  CHECK(worker.wait() == 7);
  CHECK(worker.output() == kWorked);
}

}  // namespace
}  // namespace recount::test
