// failures: which come first, what is said of each, and what only passes on.
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
        "\nAfter these the run went on:\n\n4. exit code 1: grep x\n"})
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
    if (code == 0) CHECK(text == "none of 1 process failed\n");
  }
}

TEST_CASE("the summary lists failures in the same order", "[failures]") {
  const Log log;
  const std::string text = replay({"summary", log.path}).output;
  const auto at = [&text](const char* words) { return text.find(words); };
  CHECK(at("pid 104, ") < at("pid 100, "));
  CHECK(at("passes on what pid 104 ended with") < at("pid 102, "));
}

TEST_CASE("as Markdown each failure has a heading, and nothing of the log means anything there") {
  const Log log;
  const std::string text = log.text({"--format", "markdown"});
  CHECK(text.starts_with("### "));
  CHECK_THAT(text, ContainsSubstring("\n#### 1\\. ") && ContainsSubstring("\n\n       SEGV_MAPERR ") &&
                       ContainsSubstring("\n       pid 104, process "));
  CHECK_THAT(text, !ContainsSubstring("\x1b"));
}

}  // namespace
}  // namespace recount::test
