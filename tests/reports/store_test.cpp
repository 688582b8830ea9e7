// A store of many runs: what is added and what is not, by several at once and by one that is killed; and each question to it.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/store_team.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

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

pid_t start_adding(const Team& team, const Words& logs) {
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
}

int status_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

Words logs_of(const Team& team, int count) {
  Words logs;
  for (int run = 0; run < count; ++run)
    logs.push_back(team.log({run,
                             "c" + std::to_string(run),
                             {{"A.x"}, {"A.y", run % 3 != 0}},
                             1 + run % 2,
                             "main",
                             "",
                             run % 4 < 2 ? "1\n2\nf\ng\n" : "1\n2\nF\nG\n"}));
  return logs;
}

// All that the store has, whoever wrote it in how many goes.
std::vector<Row> rows_of(const Team& team) {
  std::vector<Row> rows;
  for (const char* table :
       {"run", "test", "result", "signature", "failure", "file", "file_lines", "source_text", "text_lines"})
    for (Row& row : query(team.store, std::string("SELECT * FROM ") + table)) rows.push_back(std::move(row));
  for (Row& row : query(team.store, "SELECT set_id, hex(lines) FROM line_set")) rows.push_back(std::move(row));
  return rows;
}

// RECOUNT_KILL_MOMENTS=100 tries as many; it takes a minute.
int moments_wanted() {
  const char* const wanted = std::getenv("RECOUNT_KILL_MOMENTS");
  return wanted ? std::atoi(wanted) : 8;
}

TEST_CASE("an adding that is killed leaves a store that opens, and adding again completes it", "[store]") {
  const Team team;
  const Words logs = logs_of(team, 6);
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(status_of(start_adding(team, logs)) == 0);
  const auto took = std::chrono::steady_clock::now() - began;
  const std::vector<Row> whole = rows_of(team);
  const int moments = moments_wanted();
  int in_between = 0;
  for (int moment = 0; moment < moments; ++moment) {
    INFO("moment " << moment << " of " << moments);
    fs::remove(team.store);
    const pid_t killed = start_adding(team, logs);
    nap(std::chrono::duration_cast<std::chrono::milliseconds>(took * moment / moments));
    ::kill(killed, SIGKILL);
    status_of(killed);
    if (fs::exists(team.store) && fs::file_size(team.store) != 0) {
      const Ending history = replay({"history", team.store});  // rolls back what was not committed
      if (history.status() != 0)                               // it was killed before there were tables
        CHECK_THAT(history.errors, ContainsSubstring("is no store"));
      else
        CHECK(value(team.store, "PRAGMA integrity_check") == "ok");
      const bool has_runs = history.status() == 0;
      const int runs = has_runs ? std::stoi(value(team.store, "SELECT count(*) FROM run")) : 0;
      in_between += runs > 0 && runs < 6;
      if (has_runs)
        CHECK(
            std::to_string(runs) ==
            value(team.store, "SELECT count(*) FROM (SELECT run_id FROM result GROUP BY run_id HAVING count(*) = 2)"));
    }
    REQUIRE(status_of(start_adding(team, logs)) == 0);
    CHECK(rows_of(team) == whole);
  }
  CHECK(in_between > 0);  // so that this test tries what it is about
}

TEST_CASE("several jobs add at once", "[store]") {
  const Team team;
  const Words logs = logs_of(team, 12);
  const pid_t one = start_adding(team, logs), other = start_adding(team, logs);
  CHECK(status_of(one) == 0);
  CHECK(status_of(other) == 0);
  CHECK(value(team.store, "SELECT count(*) FROM run") == "12");
  CHECK(value(team.store, "SELECT count(*) FROM result") == "24");
}

}  // namespace
}  // namespace recount::test
