// failures: which come first, what is said of each, and what only passes on.
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

constexpr int kSegv = 11, kMapErr = 1;

// make runs grep, which finds nothing; a compiler that dies of a fault beneath sh, which says so; and one that is let down
// by its child. make ends with a code of its own.
void write_make_log(const std::string& path, bool to_the_end = true) {
  LogBuilder log(path);
  const ImageId program = log.image("/bin/cc", {{0x10, "/src/cc.c", {3}, "main", 2, false},
                                                {0x20, "/src/cc.c", {5}, "main", 2, false},
                                                {0x28, "/src/cc.c", {5}, "main", 2, false},
                                                {0x30, "/src/cc.c", {9}, "parse", 8, false}});
  log.spawned(100);
  log.exec(100, R"(["make","all"])");
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["sh","-c","grep x"])");
  log.fork(101, 102);
  log.stop(102);
  log.exec(102, R"(["grep","x"])");
  log.exited(102, 1);
  log.exited(101, 0);
  log.fork(100, 103);
  log.stop(103);
  log.exec(103, R"(["sh","-c","cc a.c"])");
  log.fork(103, 104);
  log.stop(104);
  log.exec(104, R"(["cc","a.c"])", program);
  log.thread(104, 105, 104);
  log.stop(105);
  log.hit(104, 0x10);
  log.hit(105, 0x20);
  log.hit(105, 0x28);
  log.hit(105, 0x30);
  log.signal(105, kSegv, 0, kMapErr);
  log.killed(105, kSegv, true);
  log.killed(104, kSegv, true);
  log.exited(103, 139);
  if (!to_the_end) return log.finish("aborted");
  log.exited(100, 2);
  log.echild();
  log.finish();
}

struct Log {
  explicit Log(bool to_the_end = true) { write_make_log(path, to_the_end); }
  std::string text(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words{"failures", path};
    words.insert(words.end(), options.begin(), options.end());
    const Ending ending = replay(words);
    CHECK(ending.status() == 0);
    return ending.output;
  }
  Json failures() const { return Json::parse(text({"--format", "json"})).at("failures"); }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

std::vector<int> pids(const Json& failures) {
  std::vector<int> all;
  for (const Json& failure : failures) all.push_back(failure.at("pid"));
  return all;
}

TEST_CASE("what the run failed of comes before what only follows, and last what the run went on after", "[failures]") {
  const Log log;
  const Json failures = log.failures();
  REQUIRE(pids(failures) == std::vector{104, 100, 103, 102});
  CHECK(failures[0]["part"] == "cause");
  CHECK(failures[1]["part"] == "after_child");
  CHECK(failures[2]["part"] == "passes_on");
  CHECK(failures[2]["passes_on_upid"] == failures[0]["upid"]);
  CHECK(failures[3]["reached_top"] == false);
  CHECK(failures[2]["reached_top"] == true);
}

TEST_CASE("a crash has its signal, where it was, who ran it, and the last lines of the thread that it hit",
          "[failures]") {
  const Log log;
  const Json crash = log.failures().at(0);
  CHECK(crash["signal"]["name"] == "SIGSEGV");
  CHECK(crash["signal"]["code_name"] == "SEGV_MAPERR");
  CHECK(crash["signal"]["address"] == "0x0");
  CHECK(crash["signal"]["tid"] == 105);
  CHECK(crash["core_dumped"] == true);
  CHECK(crash["cwd"] == "/src");
  CHECK(crash["run_by"].size() == 2);
  CHECK(crash["run_by"][1]["argv"] == Json{"make", "all"});
  CHECK(crash["last_lines_tid"] == 105);
  REQUIRE(crash["last_lines"].size() == 2);
  CHECK(crash["last_lines"][0]["line"] == 5);
  CHECK(crash["last_lines"][1]["function"] == "parse");
}

TEST_CASE("the text says the same", "[failures]") {
  const std::string text = Log().text();
  for (const char* const words :
       {"4 of 5 processes failed\n",
        "\n1. killed by SIGSEGV (core dumped): cc a.c\n   SEGV_MAPERR at address 0x0, in thread 105\n",
        "run by pid 103: sh -c 'cc a.c'\n   run by pid 100: make all\n",
        "thread 105 reached for the first time:\n     /src/cc.c:5  main ", "2. exit code 2: make all\n",
        "before it, pid 103 failed (exit code 139): sh -c 'cc a.c'\n",
        "3. exit code 139: sh -c 'cc a.c'\n   pid 103 only passes on what pid 104 ended with (killed by SIGSEGV (core "
        "dumped)): cc a.c\n",
        "\nnobody seems to have minded 1: grep x; --all shows each\n"})
    CHECK_THAT(text, ContainsSubstring(words));
}

TEST_CASE("a child whose failure is not the one that its parent ends with did not reach the top", "[failures]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  {
    LogBuilder log(path);
    log.spawned(100);
    log.exec(100, R"(["sh"])");
    for (int pid : {101, 102}) {
      log.fork(100, pid);
      log.stop(pid);
      log.exited(pid, pid == 101 ? 1 : 7);
    }
    log.exited(100, 7);
    log.echild();
    log.finish();
  }
  CHECK(pids(Json::parse(replay({"failures", path, "--format", "json"}).output).at("failures")) ==
        std::vector{102, 100, 101});
}

TEST_CASE("of a log that was cut short, who is not seen to end went on after nothing", "[failures]") {
  const Json failures = Log(false).failures();
  REQUIRE(pids(failures) == std::vector{104, 103, 102});
  CHECK(failures[0]["reached_top"] == true);
}

TEST_CASE("hostile names do not reach the terminal, and a run without failures says so", "[failures]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  for (const int code : {0, 1}) {
    std::remove(path.c_str());
    LogBuilder log(path);
    log.spawned(100);
    log.exec(100, "[\"\\u001b[31mred\"]");
    log.exited(100, code);
    log.echild();
    log.finish();
    const std::string text = replay({"failures", path}).output;
    CHECK_THAT(text, !ContainsSubstring("\x1b"));
    if (code == 0) CHECK(text == "the only process did not fail\n");
  }
}

TEST_CASE("the summary lists failures in the same order", "[failures]") {
  const Log log;
  const std::string text = replay({"summary", log.path}).output;
  const auto at = [&text](const char* words) { return text.find(words); };
  CHECK(at("pid 104, ") < at("pid 100, "));
  CHECK(at("passes on what pid 104 ended with") < at("nobody seems to have minded 1: grep x"));
}

TEST_CASE("as Markdown each failure has a heading, and nothing of the log means anything there") {
  const Log log;
  const std::string text = log.text({"--format", "markdown"});
  CHECK(text.starts_with("### "));
  CHECK_THAT(text, ContainsSubstring("\n#### 1\\. ") && ContainsSubstring("\n\n       SEGV_MAPERR ") &&
                       ContainsSubstring("\n       pid 104, after "));
  CHECK_THAT(text, !ContainsSubstring("\x1b"));
}

// --- who ended it

// A log of sh (100), to which each test adds.
struct Script {
  explicit Script(const Rules& rules = {}) : log(std::make_unique<LogBuilder>(path, rules)) {
    log->spawned(100);
    log->exec(100, R"(["sh","x.sh"])");
  }
  void start(int parent, int pid, const std::string& argv, ImageId image = {}) {
    log->fork(parent, pid);
    log->stop(pid);
    log->exec(pid, argv, image);
  }
  void run(int parent, int pid, const std::string& argv, int code) {
    start(parent, pid, argv);
    log->exited(pid, code);
  }
  void end(int code) {
    log->exited(100, code);
    finish();
  }
  void finish() {
    log->echild();
    log->finish();
    log.reset();
  }
  std::string say(const std::string& command, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words{command, path};
    words.insert(words.end(), options.begin(), options.end());
    return replay(words).output;
  }
  Json failures() const { return Json::parse(say("failures", {"--format", "json"})).at("failures"); }

  TemporaryFolder folder;
  std::string path = folder.file("run.db");
  std::unique_ptr<LogBuilder> log;
};

Rules with_timeout() {
  Rules rules;
  rules.timeout_ns = 3'000'000'000;
  return rules;
}

TEST_CASE("a run that --timeout ended timed out, whatever report says so", "[failures][timeout]") {
  Script script(with_timeout());
  script.start(100, 101, R"(["hang"])");
  script.log->advance(3'000'000'000);
  script.log->timer(Timer::timeout);
  for (const int pid : {100, 101}) script.log->killed(pid, 9);
  script.finish();
  for (const char* const command : {"summary", "failures", "tree"}) {
    CHECK_THAT(script.say(command), ContainsSubstring("timed out after 3 s"));
    CHECK_THAT(script.say(command), !ContainsSubstring("SIGKILL"));
  }
  for (const char* const format : {"chrome", "otlp-json"})
    CHECK_THAT(script.say("export", {"--format", format}), ContainsSubstring("timed out after 3 s"));
  CHECK_THAT(script.say("failures"), ContainsSubstring("1. timed out after 3 s: hang\n") &&
                                         ContainsSubstring("pid 100 was waiting for pid 101: hang"));
  const Json failures = script.failures();
  CHECK(pids(failures) == std::vector{101, 100});
  CHECK((failures[0]["ended_by"] == "timeout" && failures[0]["term_signal"] == 9));
  CHECK(Json::parse(script.say("summary", {"--format", "json"}))["failures"][0]["ended_by"] == "timeout");
}

TEST_CASE("a SIGKILL that the recorder did not send is no time-out", "[failures][timeout]") {
  Script script(with_timeout());
  script.start(100, 101, R"(["hang"])");
  script.log->killed(101, 9);
  script.log->exited(100, 137);
  script.finish();
  CHECK(script.failures()[0]["ended_by"].is_null());
  CHECK_THAT(script.say("failures"), ContainsSubstring("1. killed by SIGKILL: hang\n") &&
                                         ContainsSubstring("a log cannot tell who sends SIGKILL\n"));
}

TEST_CASE("who killed whom is said by pid and program, and no recorded process is said to be none", "[failures]") {
  constexpr int kTerm = 15;
  Script script;
  int pid = 200;
  for (const int sender : {100, pid + 1, 4711}) {
    script.start(100, ++pid, R"(["victim"])");
    script.log->signal(pid, kTerm, sender == 201 ? 202 : sender);
    script.log->killed(pid, kTerm);
  }
  script.log->exec(100, R"(["later"])");
  script.end(1);
  const std::string text = script.say("failures", {"--all"});
  CHECK_THAT(text, ContainsSubstring("sent by pid 100 (sh x.sh), in thread 201") &&
                       ContainsSubstring("sent by itself, in thread 202") &&
                       ContainsSubstring("sent by no recorded process (pid 4711), in thread 203"));
}

TEST_CASE("what a process was running at the fork has run its child, not what it became", "[failures]") {
  Script script;
  script.run(100, 101, R"(["prog"])", 1);
  script.log->exec(100, R"(["sleep","1"])");
  script.end(1);
  CHECK_THAT(script.say("failures"), ContainsSubstring("run by pid 100: sh x.sh\n"));
  CHECK(script.failures()[0]["run_by"][0]["argv"] == Json{"sh", "x.sh"});
}

TEST_CASE("a run is as long as its root, and what outlived it is said", "[failures][summary]") {
  Script script;
  script.start(100, 101, R"(["sleep","3"])");
  script.log->exited(100, 5);
  script.log->advance(3'000'000'000);
  script.log->exited(101, 0);
  script.finish();
  CHECK_THAT(script.say("summary"),
             ContainsSubstring("\n  exit code 5 after ") && !ContainsSubstring("exit code 5 after 3") &&
                 ContainsSubstring("\n  1 process outlived it, recorded up to 3.00 s: pid 101 sleep 3\n"));
}

// --- what passes on

TEST_CASE("who did something since its child failed does not only pass that on", "[failures][passes_on]") {
  const auto doing = [](const std::function<void(Script&)>& what) {
    Script script;
    script.run(100, 101, R"(["prog"])", 1);
    what(script);
    script.end(1);
    return script.failures();
  };
  CHECK(doing([](Script&) {})[1]["passes_on_upid"] == 2);
  for (const auto& what :
       std::vector<std::function<void(Script&)>>{[](Script& script) { script.run(100, 102, R"(["true"])", 0); },
                                                 [](Script& script) { script.log->exec(100, R"(["other"])"); },
                                                 [](Script& script) { script.log->signal(100, 10, 4711); }}) {
    const Json failures = doing(what);
    const Json& root = failures[0]["pid"] == 100 ? failures[0] : failures[1];
    CHECK((root["passes_on_upid"].is_null() && root["same_end_as_upid"] == 2 && root["part"] == "after_child"));
  }
}

TEST_CASE("a line that the parent reached since is something done", "[failures][passes_on]") {
  for (const bool reaches : {true, false}) {
    Script script;
    script.log->exec(100, R"(["driver"])", script.log->image("/bin/driver", {{0x10, "/src/d.c", {3}, "main", 2}}));
    script.run(100, 101, R"(["prog"])", 1);
    if (reaches) script.log->hit(100, 0x10);
    script.end(1);
    CHECK((script.failures()[1]["part"] == (reaches ? "after_child" : "passes_on")));
  }
}

TEST_CASE("the end of its child that it did not pass on is said to be the same", "[failures][passes_on]") {
  Script script;
  script.run(100, 101, R"(["grep","-q","x"])", 1);
  script.run(100, 102, R"(["true"])", 0);
  script.end(1);
  const std::string text = script.say("failures");
  CHECK_THAT(text,
             ContainsSubstring("1. exit code 1: sh x.sh\n") &&
                 ContainsSubstring("it ended with the same code as pid 101, and did something else in between\n") &&
                 ContainsSubstring("nobody seems to have minded 1: grep -q x"));
  CHECK_THAT(text, !ContainsSubstring("only passes on"));
}

// --- which comes first

void check_order(const Script& script, const std::vector<int>& told, const std::vector<int>& unminded) {
  std::vector<int> first, last;
  for (const Json& failure : script.failures())
    (failure.at("group") == "nobody_minded" ? last : first).push_back(failure.at("pid"));
  CHECK(first == told);
  CHECK(last == unminded);
}

TEST_CASE("a test whose driver ended well comes first, if only shells and makes say why the run failed", "[failures]") {
  for (const char* const driver : {R"(["sh","driver.sh","sh","bad.sh"])",
                                   R"(["/bin/sh","./test-driver","--test-name","bad.sh","--","sh","bad.sh"])"}) {
    Script script;
    script.log->exec(100, R"(["make","check"])");
    script.run(100, 101, R"(["cat","./.prev-version"])", 1);
    script.start(100, 102, R"(["/bin/sh","-c","sh driver.sh sh bad.sh; exit 1"])");
    script.start(102, 103, driver);
    script.start(103, 104, R"(["sh","bad.sh"])");
    script.run(104, 105, R"(["grep","-q","x"])", 1);
    script.run(104, 106, R"(["rm","y"])", 0);
    script.log->exited(104, 1);
    script.log->exited(103, 0);
    script.log->exited(102, 1);
    script.end(2);
    check_order(script, {104, 102, 100}, {101, 105});
  }
}

TEST_CASE("what a driver swallowed is not first where a program failed that all above it failed of", "[failures]") {
  Script script;
  script.start(100, 101, R"(["sh","retry.sh","./flaky"])");
  script.run(101, 102, R"(["./flaky"])", 1);
  script.log->exited(101, 0);
  script.run(100, 103, R"(["./real"])", 3);
  script.end(3);
  check_order(script, {103, 100, 102}, {});
}

TEST_CASE("a test that is expected to fail, or that was skipped, is minded by nobody", "[failures]") {
  Script script;
  script.run(100, 101, R"(["./prog"])", 0);
  script.start(100, 102, R"(["sh","test-driver","--expect-failure","yes","--","./xfail"])");
  script.run(102, 103, R"(["./xfail"])", 1);
  script.log->exited(102, 0);
  script.start(100, 104, R"(["sh","test-driver","--expect-failure","no","--","./skipped"])");
  script.run(104, 105, R"(["./skipped"])", 77);
  script.log->exited(104, 0);
  script.end(1);
  check_order(script, {100}, {103, 105});
}

TEST_CASE("tests of ctest come before ctest, each in its turn, and what a test that passed tried comes late",
          "[failures]") {
  Script script;
  script.log->exec(100, R"(["ctest"])");
  script.start(100, 101, R"(["./passes"])");
  script.run(101, 102, R"(["./prog","--bad-option"])", 2);
  script.log->exited(101, 0);
  script.run(100, 103, R"(["./one"])", 1);
  script.run(100, 104, R"(["./two"])", 1);
  script.run(100, 105, R"(["./three"])", 0);
  script.end(8);
  check_order(script, {103, 104, 100, 102}, {});
}

TEST_CASE("of what reached the top that comes first after which nobody did anything", "[failures]") {
  Script script;
  script.run(100, 101, R"(["./early"])", 1);
  script.run(100, 102, R"(["true"])", 0);
  script.run(100, 103, R"(["./late"])", 1);
  script.end(1);
  check_order(script, {103, 101, 100}, {});
  CHECK(script.failures()[1]["reached_top"] == true);
}

TEST_CASE("what only asks comes behind what fails, where nobody knows that make went on", "[failures]") {
  Script script;
  script.log->exec(100, R"(["make","-k"])");
  script.run(100, 101, R"(["/bin/bash","/src/missing","aclocal"])", 127);
  script.run(100, 102, R"(["cat","./.prev-version"])", 1);
  script.end(2);
  check_order(script, {101, 102, 100}, {});
}

TEST_CASE("what a script compared comes before the script, unless a program failed or nobody sees the difference",
          "[failures]") {
  const auto check = [](const char* compare, int program, const std::vector<int>& told,
                        const std::vector<int>& unminded) {
    Script script;
    script.run(100, 101, compare, 1);
    script.run(100, 102, R"(["grep","-q","x"])", 1);
    script.run(100, 103, R"(["./prog"])", program);
    script.end(3);
    check_order(script, told, unminded);
  };
  check(R"(["diff","-u","a.gold","a.out"])", 0, {101, 100}, {102});
  check(R"(["cmp","a.gold","a.out"])", 0, {101, 100}, {102});
  check(R"(["cmp","-s","a.gold","a.out"])", 0, {100}, {101, 102});
  check(R"(["diff","-u","a.gold","a.out"])", 3, {103, 100}, {101, 102});
}

TEST_CASE("make goes on after a $(shell ...), and with -k after a recipe", "[failures]") {
  for (const bool keeps_going : {false, true}) {
    Script script;
    script.log->exec(100, keeps_going ? R"(["make","-k"])" : R"(["make"])");
    script.run(100, 101, R"(["./first"])", 1);
    script.run(100, 102, R"(["./second"])", 1);
    script.end(2);
    keeps_going ? check_order(script, {102, 101, 100}, {}) : check_order(script, {102, 100}, {101});
  }
}

TEST_CASE("what configure tries is minded by nobody, unless it crashes", "[failures]") {
  Script script;
  script.start(100, 101, R"(["/bin/sh","./configure"])");
  script.run(101, 102, R"(["gcc","conftest.c"])", 1);
  script.start(101, 103, R"(["./conftest"])");
  script.log->signal(103, kSegv, 0, kMapErr);
  script.log->killed(103, kSegv, true);
  script.log->exited(101, 0);
  script.run(100, 104, R"(["./prog"])", 1);
  script.end(1);
  check_order(script, {104, 100, 103}, {102});
}

TEST_CASE("failures that are alike are one card with their number", "[failures]") {
  Script script;
  for (int i = 0; i < 101; ++i) script.run(100, 200 + i, R"(["./check","case)" + std::to_string(i) + "\"]", 1);
  script.end(1);
  const std::string text = script.say("failures");
  CHECK_THAT(text, ContainsSubstring("102 of 102 processes failed") &&
                       ContainsSubstring("1. 101 times exit code 1: ./check case") &&
                       ContainsSubstring("and 100 like it: ./check case") &&
                       ContainsSubstring("\n2. exit code 1: sh x.sh"));
  CHECK_THAT(text, !ContainsSubstring("\n3. "));
  CHECK(script.failures()[0]["signature"] == script.failures()[1]["signature"]);
  CHECK_THAT(script.say("summary"), ContainsSubstring("101 times exit code 1"));
}

TEST_CASE("a long command is cut in the summary and in failures, and whole with --all", "[failures][summary]") {
  Script script;
  const std::string argument(5000, 'x');
  script.run(100, 101, R"(["cc",")" + argument + "\"]", 1);
  script.end(1);
  CHECK(script.say("summary").size() < 2000);
  CHECK_THAT(script.say("summary"), ContainsSubstring("all of it: recount-replay failures --all "));
  CHECK_THAT(script.say("failures"), !ContainsSubstring(argument));
  CHECK_THAT(script.say("failures", {"--all"}), ContainsSubstring(argument));
}

}  // namespace
}  // namespace recount::test
