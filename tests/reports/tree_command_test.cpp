// What of the tree is drawn: folds, choices, levels, threads, and Graphviz's form.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

// make starts 8 compilers, of which the fourth fails and the sixth, which ends well, has a child that fails.
void write_make_log(const std::string& path) {
  LogBuilder log(path);
  log.spawned(100);
  log.exec(100, R"(["make"])");
  log.thread(100, 120, 100);
  log.stop(120);
  log.exited(120, 0);
  for (int pid = 101; pid <= 108; ++pid) {
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, R"(["cc","-c","a.c"])");
    log.fork(pid, pid + 100);
    log.stop(pid + 100);
    log.exited(pid + 100, pid == 106 ? 1 : 0);
    log.exited(pid, pid == 104 ? 2 : 0);
  }
  log.exited(100, 2);
  log.echild();
  log.finish();
}

struct MakeLog {
  MakeLog() { write_make_log(path); }
  std::string tree(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"tree", path});
    const Ending ending = replay(options);
    CHECK(ending.status() == 0);
    return ending.output;
  }
  std::size_t lines(const std::vector<std::string>& options) const {
    const std::string text = tree(options);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

TEST_CASE("siblings of one program that ended well are one line, and the failed ones have their own", "[tree]") {
  const MakeLog log;
  const std::string text = log.tree();
  CHECK_THAT(text, ContainsSubstring("├─ × 8 cc, 1 failed  ["));
  CHECK_THAT(text, ContainsSubstring("]  + 6 beneath\n"));
  CHECK_THAT(text, ContainsSubstring("├─ 104 cc -c a.c  [exit code 2, "));
  CHECK_THAT(text, ContainsSubstring("└─ 106 cc -c a.c  [exit code 0, "));
  CHECK_THAT(text, ContainsSubstring("206 (fork of cc -c a.c)  [exit code 1, "));
  CHECK(log.lines({}) == 6);
  CHECK(log.lines({"--all"}) == 17);
}

TEST_CASE("the tree of what failed has those above it", "[tree]") {
  const MakeLog log;
  const std::string text = log.tree({"--failed"});
  CHECK(log.lines({"--failed"}) == 4);
  for (const char* const word : {"100 make", "104 cc", "106 cc", "206 (fork"})
    CHECK_THAT(text, ContainsSubstring(word));
}

TEST_CASE("the tree beneath one process, and to a depth", "[tree]") {
  const MakeLog log;
  CHECK_THAT(log.tree({"--pid", "104"}),
             ContainsSubstring("104 cc") && ContainsSubstring("204 (fork") && !ContainsSubstring("make"));
  CHECK(log.tree({"--pid", "106"}) == log.tree({"--under", "12"}));
  CHECK_THAT(log.tree({"--depth", "1"}), ContainsSubstring("100 make") && ContainsSubstring("]  + 16 beneath\n"));
  CHECK(log.lines({"--depth", "1"}) == 1);
  for (const char* const option : {"--under", "--pid"}) {
    const Ending ending = replay({"tree", log.path, option, "77"});
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, ContainsSubstring("no such process"));
  }
}

TEST_CASE("threads are named when asked for", "[tree]") {
  const MakeLog log;
  CHECK_THAT(log.tree(), !ContainsSubstring("thread"));
  CHECK_THAT(log.tree({"--threads"}), ContainsSubstring("│  · thread 120  ["));
}

TEST_CASE("JSON folds nothing and chooses alike", "[tree]") {
  const MakeLog log;
  using Json = nlohmann::json;
  CHECK(Json::parse(log.tree({"--format", "json"})).at("processes").size() == 17);
  CHECK(Json::parse(log.tree({"--format", "json", "--failed"})).at("processes").size() == 4);
  CHECK(Json::parse(log.tree({"--format", "json", "--pid", "104"})).at("processes").size() == 2);
}

TEST_CASE("dot has a node for each line and an edge for each but the first", "[tree]") {
  const MakeLog log;
  const std::string text = log.tree({"--format", "dot"});
  const auto count = [&text](const std::string& word) {
    std::size_t n = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
    return n;
  };
  CHECK_THAT(
      text, ContainsSubstring("digraph recount {") && ContainsSubstring("[label=\"104 cc, exit code 2\", color=red];"));
  CHECK(count("[label=") == 6);
  CHECK(count(" -> ") == 5);
}

TEST_CASE("every sample's tree has each process once", "[tree]") {
  for (const SampleLog& sample : sample_logs()) DYNAMIC_SECTION(sample.name) {
      const TemporaryFolder folder;
      sample.write(folder.file("run.db"));
      const auto count = value(folder.file("run.db"), "SELECT count(*) FROM process");
      const std::string text = replay({"tree", folder.file("run.db"), "--all"}).output;
      CHECK(std::to_string(std::count(text.begin(), text.end(), '\n')) == count);
    }
}

}  // namespace
}  // namespace recount::test
