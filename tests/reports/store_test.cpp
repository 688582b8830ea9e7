// A store of many runs: what is added and what is not, by several at once and by one that is killed; and each question to it.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

struct TestLine {
  std::string name;
  bool passes = true;
  int ms = 10;
};

struct RunSpec {
  int number = 0;  // a day later than the one before
  std::string commit;
  std::vector<TestLine> tests;
  int lines_hit = 1;  // of two
  std::string branch = "main", failure = "";
};

void write_run(const std::string& path, const RunSpec& run) {
  {
    LogBuilder log(path);
    const ImageId image = log.image("/src/any", {{0x10, "/src/lib/a.c", {3}, "f"}, {0x20, "/src/lib/a.c", {4}, "g"}},
                                    LogBuilder::Output::seen);
    log.spawned(100);
    log.exec(100, R"(["./all_tests"])", image);
    for (int i = 1; i <= run.lines_hit; ++i) log.hit(100, 0x10 * static_cast<unsigned>(i));
    bool failed = !run.failure.empty();
    for (const TestLine& test : run.tests) {
      log.wrote(100, 1, "[ RUN      ] " + test.name + "\n");
      log.wrote(
          100, 1,
          (test.passes ? "[       OK ] " : "[  FAILED  ] ") + test.name + " (" + std::to_string(test.ms) + " ms)\n");
      failed = failed || !test.passes;
    }
    if (run.failure == "SIGSEGV")
      log.killed(100, SIGSEGV);
    else
      log.exited(100, failed ? 1 : 0);
    log.echild();
    log.finish();
  }
  const std::string start = std::to_string(1'000'000'000'000'000'000 + std::int64_t{run.number} * 86'400'000'000'000);
  tamper(path, "UPDATE trace_run SET run_uuid = 'run-" + std::to_string(run.number) + "-" + run.branch +
                   "', start_unix_ns = " + start + ", source_roots = '[\"/src\"]'");
  tamper(path,
         "INSERT INTO trace_run_tag (key, value) VALUES ('vcs.repository.name', 'parser'), ('vcs.ref.head.name', '" +
             run.branch + "'), ('vcs.ref.head.revision', '" + run.commit + "'), ('cicd.pipeline.name', 'ci')");
}

class Team {
 public:
  std::string log(const RunSpec& run) {
    const std::string path = folder.file("run-" + std::to_string(run.number) + "-" + run.branch + ".db");
    write_run(path, run);
    return path;
  }
  Ending add(const Words& logs) const {
    Words words{"store", "add", store};
    words.insert(words.end(), logs.begin(), logs.end());
    return replay(words);
  }
  void add(const RunSpec& run) {
    const Ending ending = add(Words{log(run)});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
  }
  Json ask(Words question) const {
    question.insert(question.begin() + 1, store);
    question.insert(question.end(), {"--format", "json"});
    const Ending ending = replay(question);
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    return Json::parse(ending.output);
  }
  TemporaryFolder folder;
  std::string store = folder.file("store.db");
};

TEST_CASE("a run is added once, and what can't be read is named, counted and left out", "[store]") {
  Team team;
  const std::string a = team.log({1, "aaaa", {{"A.x"}}}), b = team.log({2, "bbbb", {{"A.x", false}}});
  std::ofstream(team.folder.file("broken.db")) << "no log";
  CHECK(team.add({a}).output == team.store + ": 1 run added\n");
  const std::string before = value(team.store, "SELECT group_concat(result || duration_ns) FROM result");
  const Ending again = team.add({a, team.folder.file("broken.db"), b, team.folder.file("none.db")});
  CHECK(again.output == team.store + ": 1 run added, 1 were there, 2 logs left out\n");
  CHECK(again.status() == 1);
  CHECK_THAT(again.errors,
             ContainsSubstring("broken.db: ") && ContainsSubstring("none.db: ") && ContainsSubstring("it is left out"));
  CHECK(value(team.store, "SELECT group_concat(result || duration_ns) FROM result WHERE run_id = 1") == before);
  const Json runs = team.ask({"history"});
  REQUIRE(runs.size() == 2);
  CHECK((runs[0]["outcome"] == "failed" && runs[0]["ending"] == "exit code 1" && runs[0]["tests"] == 1 &&
         runs[0]["failed"] == 1));
  CHECK((runs[1]["outcome"] == "passed" && runs[1]["commit"] == "aaaa" && runs[1]["percent"] == 50.0));
  CHECK((runs[1]["started"] == "2001-09-10 01:46:40" && runs[1]["repository"] == "parser" && runs[1]["job"] == "ci"));
}

TEST_CASE("a log, another database and nothing at all are no stores", "[store]") {
  Team team;
  const std::string log = team.log({1, "aaaa", {{"A.x"}}});
  CHECK_THAT(replay({"history", log}).errors,
             ContainsSubstring("is no store; make one with: recount-replay store add"));
  const std::string size = std::to_string(fs::file_size(log));
  CHECK_THAT(replay({"store", "add", log, log}).errors, ContainsSubstring("is no store"));
  CHECK(std::to_string(fs::file_size(log)) == size);
  CHECK(replay({"history", team.store}).status() == 2);
  CHECK_FALSE(fs::exists(team.store));
  CHECK_THAT(replay({"store", team.store, log}).errors, ContainsSubstring("store add STORE LOG..."));
  CHECK_THAT(replay({"flaky", team.store, "A.x"}).errors, ContainsSubstring("too many words: A.x"));
}

TEST_CASE("the results of one test are told, the newest first", "[store]") {
  Team team;
  team.add({1, "aaaa", {{"A.x", true, 5}, {"A.y"}}});
  team.add({2, "bbbb", {{"A.x", false, 7}, {"A.y"}}});
  const Json results = team.ask({"history", "A.x"});
  REQUIRE(results.size() == 2);
  CHECK((results[0]["result"] == "failed" && results[0]["ms"] == 7.0 && results[0]["commit"] == "bbbb"));
  CHECK((results[1]["result"] == "passed" && results[1]["runner"] == "googletest"));
}

TEST_CASE("flaky is what does both at one commit, or goes back and forth", "[store]") {
  Team team;
  for (int run = 1; run <= 6; ++run)
    team.add({run,
              run <= 2 ? "same" : "commit" + std::to_string(run),
              {{"Both.at_one_commit", run != 1},
               {"Back.and_forth", run % 2 == 0},
               {"Broken.since", run < 4},
               {"Good.always"}}});
  const Json tests = team.ask({"flaky"});
  REQUIRE(tests.size() == 2);
  CHECK((tests[0]["test"] == "Back.and_forth" && tests[0]["commits_with_both"] == 1 && tests[0]["changes"] == 5));
  CHECK((tests[1]["test"] == "Both.at_one_commit" && tests[1]["runs"] == 6 && tests[1]["failed"] == 1));
}

TEST_CASE("slower is what its last good run took beyond the noise of those before", "[store]") {
  Team team;
  const int noisy[] = {100, 140, 90, 120, 80, 150}, steady[] = {100, 101, 99, 100, 102, 130};
  for (int run = 0; run < 6; ++run)
    team.add({run,
              "c" + std::to_string(run),
              {{"Noisy.test", true, noisy[run]}, {"Steady.test", true, steady[run]}, {"New.test", run == 5, 900}}});
  const Json tests = team.ask({"slower"});
  REQUIRE(tests.size() == 1);
  CHECK((tests[0]["test"] == "Steady.test" && tests[0]["last_ms"] == 130.0 && tests[0]["median_ms"] == 100.0));
  CHECK((tests[0]["times"] == 1.3 && tests[0]["runs"] == 5));
}

TEST_CASE("a regression has the commit that failed first and the one that passed last, on its branch", "[store]") {
  Team team;
  for (int run = 1; run <= 5; ++run)
    team.add(
        {run, "commit" + std::to_string(run), {{"A.broken", run < 4}, {"A.mended", run != 2}, {"A.never", false}}});
  team.add({6, "other", {{"A.broken", true}}, 1, "topic"});
  const Json tests = team.ask({"regressions"});
  REQUIRE(tests.size() == 2);
  CHECK((tests[0]["test"] == "A.broken" && tests[0]["first_failed"] == "commit4" &&
         tests[0]["last_passed"] == "commit3"));
  CHECK((tests[0]["runs"] == 2 && tests[0]["branch"] == "main"));
  CHECK((tests[1]["test"] == "A.never" && tests[1]["last_passed"].is_null() && tests[1]["runs"] == 5));
  const Json in_range = team.ask({"regressions", "commit1..commit2"});
  REQUIRE(in_range.size() == 2);
  CHECK((in_range[0]["test"] == "A.mended" && in_range[0]["last_passed"] == "commit1"));
  CHECK_THAT(replay({"regressions", team.store, "commit1"}).errors,
             ContainsSubstring("is no range of commits; write A..B"));
}

TEST_CASE("coverage moves, of all and of a folder", "[store]") {
  Team team;
  team.add({1, "aaaa", {{"A.x"}}, 1});
  team.add({2, "bbbb", {{"A.x"}}, 2});
  const Json runs = team.ask({"trend"});
  REQUIRE(runs.size() == 2);
  CHECK(
      (runs[0]["percent"] == 100.0 && runs[0]["moved"] == 50.0 && runs[1]["moved"].is_null() && runs[1]["lines"] == 2));
  CHECK(team.ask({"trend", "lib/"}) == runs);
  CHECK(team.ask({"trend", "li"}).empty());
}

TEST_CASE("failures that are alike are new, known or gone", "[store]") {
  Team team;
  team.add({1, "aaaa", {{"A.x", false}}});
  team.add({2, "bbbb", {{"A.x", false}}});
  Json all = team.ask({"signatures"});
  REQUIRE(all.size() == 1);
  CHECK((all[0]["state"] == "known" && all[0]["runs"] == 2 && all[0]["first_commit"] == "aaaa"));
  team.add({3, "cccc", {{"A.x"}}, 1, "main", "SIGSEGV"});
  all = team.ask({"signatures"});
  REQUIRE(all.size() == 2);
  CHECK((all[0]["state"] == "new" && all[1]["state"] == "gone"));
  CHECK_THAT(all[0]["signature"].get<std::string>(), ContainsSubstring("SIGSEGV"));
}

TEST_CASE("several jobs add at once, and one that is killed leaves whole runs behind", "[store]") {
  Team team;
  Words logs;
  for (int run = 0; run < 12; ++run)
    logs.push_back(team.log({run, "c" + std::to_string(run), {{"A.x"}, {"A.y", run % 3 != 0}}}));
  const auto start_adding = [&] {
    Words words{RECOUNT_REPLAY, "store", "add", team.store};
    words.insert(words.end(), logs.begin(), logs.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::freopen("/dev/null", "w", stdout);
    ::execv(RECOUNT_REPLAY, arguments.data());
    ::_exit(127);
  };
  for (int moment = 0; moment < 30; ++moment) {
    const pid_t killed = start_adding();
    nap(std::chrono::milliseconds{moment * 4});
    ::kill(killed, SIGKILL);
    ::waitpid(killed, nullptr, 0);
    if (!fs::exists(team.store) || fs::file_size(team.store) == 0) continue;
    const Ending history = replay({"history", team.store});  // rolls back what was not committed
    if (history.status() != 0) {
      CHECK_THAT(history.errors, ContainsSubstring("is no store"));  // it was killed before there were tables
      continue;
    }
    CHECK(value(team.store, "PRAGMA integrity_check") == "ok");
    CHECK(value(team.store, "SELECT count(*) FROM run") ==
          value(team.store, "SELECT count(*) FROM (SELECT run_id FROM result GROUP BY run_id HAVING count(*) = 2)"));
    if (moment % 2 == 0) fs::remove(team.store);
  }
  fs::remove(team.store);
  const pid_t one = start_adding(), other = start_adding();
  for (const pid_t pid : {one, other}) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
  }
  CHECK(value(team.store, "SELECT count(*) FROM run") == "12");
  CHECK(value(team.store, "SELECT count(*) FROM result") == "24");
}

}  // namespace
}  // namespace recount::test
