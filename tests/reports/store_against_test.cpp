// --against a store: what a log has lost and gained since the newest good run that is there.
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/store_team.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

const std::string kText = "1\n2\nf\ng\n";

RunSpec day(int number, int lines_hit, const std::string& text = kText) {
  return {number, "commit" + std::to_string(number), {{"A.x"}}, lines_hit, "main", "", text};
}

Ending coverage(const Team& team, const std::string& log, Words options = {}) {
  options.insert(options.begin(), {"coverage", log, "--against", team.store});
  return replay(options);
}

Json coverage_json(const Team& team, const std::string& log) {
  const Ending ending = coverage(team, log, {"--format", "json"});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  return Json::parse(ending.output);
}

TEST_CASE("coverage is compared with the newest good run of the store, line by line where the text is the same",
          "[store][against]") {
  const Team team;
  team.add(day(1, 1));
  team.add(day(2, 2));
  RunSpec failed = day(3, 1);
  failed.tests[0].passes = false;
  team.add(failed);
  const std::string log = team.log(day(4, 1));
  const Json change = coverage_json(team, log);
  CHECK((change["run"]["commit"] == "commit2" && change["run"]["branch"] == "main"));
  CHECK((change["before"]["lines_hit"] == 2 && change["now"]["lines_hit"] == 1));
  REQUIRE(change["files"].size() == 1);
  CHECK((change["files"][0]["file"] == "lib/a.c" && change["files"][0]["no_longer_run"] == Json{4} &&
         change["files"][0]["lines_compared"] == true));
  CHECK_THAT(coverage(team, log).output,
             ContainsSubstring("against " + team.store + ": the run of 2001-09-11 01:46:40, main, commit commit2, ") &&
                 ContainsSubstring("  100.0 %   50.0 %   -50.0  lib/a.c\n") && ContainsSubstring("no longer run: 4\n"));
}

TEST_CASE("of a file with another text, or of a run from before lines were kept, only the share is compared",
          "[store][against]") {
  const Team team;
  team.add(day(1, 2));
  const std::string log = team.log(day(2, 1, kText + "more\n"));
  const auto check = [&] {
    const Json file = coverage_json(team, log)["files"][0];
    CHECK((file["before"]["lines_hit"] == 2 && file["now"]["lines_hit"] == 1));
    CHECK((file["no_longer_run"].empty() && file["new_and_not_run"].empty() && file["lines_compared"] == false));
    CHECK_THAT(coverage(team, log).output, ContainsSubstring("only its share is compared\n"));
  };
  check();
  tamper(team.store, "DROP TABLE text_lines; DROP TABLE line_set; DROP TABLE source_text");
  check();
}

TEST_CASE("a run is compared with those of its branch, else of its base, and never with itself", "[store][against]") {
  const Team team;
  team.add(day(1, 1));
  const std::string log = team.log(day(2, 2));
  team.add(Team::Words{log});
  RunSpec topic = day(3, 1);
  topic.branch = "topic";
  team.add(topic);
  CHECK(coverage_json(team, log)["run"]["commit"] == "commit1");
  RunSpec first = day(4, 1);
  first.branch = "first of its branch";
  const std::string of_first = team.log(first);
  CHECK(coverage_json(team, of_first)["run"]["commit"] == "commit2");
  tamper(of_first, "INSERT INTO trace_run_tag VALUES ('vcs.ref.base.name', 'topic', NULL)");
  CHECK(coverage_json(team, of_first)["run"]["commit"] == "commit3");
  tamper(of_first, "UPDATE trace_run_tag SET value = 'gone' WHERE key = 'vcs.ref.base.name'");
  const Ending alone = coverage(team, of_first);
  CHECK(alone.status() == 2);
  CHECK_THAT(alone.errors, ContainsSubstring("has no other good run of repository parser, branch first of its branch, "
                                             "job ci with lines, nor one of branch gone"));
  tamper(log, "DELETE FROM trace_run_tag");
  CHECK(coverage_json(team, log)["run"]["commit"] == "commit3");
}

TEST_CASE("--fail-if-lower goes by the share in the store", "[store][against]") {
  const Team team;
  team.add(day(1, 2));
  const std::string log = team.log(day(2, 1));
  CHECK(coverage(team, log, {"--fail-if-lower", "50"}).status() == 0);
  const Ending lower = coverage(team, log, {"--fail-if-lower", "49"});
  CHECK(lower.status() == 1);
  CHECK_THAT(lower.errors, ContainsSubstring("lower by 50.0 points than in " + team.store));
}

TEST_CASE("globs narrow both sides, and what a store can't answer is refused", "[store][against]") {
  const Team team;
  team.add(day(1, 2));
  const std::string log = team.log(day(2, 1));
  CHECK_THAT(coverage(team, log, {"--include", "lib/*"}).output, ContainsSubstring("lib/a.c"));
  CHECK_THAT(coverage(team, log, {"--exclude", "lib/*"}).output, ContainsSubstring("no file differs"));
  CHECK_THAT(coverage(team, log, {"--test", "A.x"}).errors,
             ContainsSubstring("a store can't answer --test; name the log of a run with --against LOG"));
}

Ending tests(const Team& team, const std::string& log, Words options = {}) {
  options.insert(options.begin(), {"tests", log, "--against", team.store});
  return replay(options);
}

// Five good runs, and a sixth whose tests these are.
std::string sixth_log(const Team& team, const std::vector<TestLine>& tests) {
  for (int number = 1; number <= 5; ++number)
    team.add({number, "c" + std::to_string(number), {{"Steady.x", true, 99 + number % 3}, {"Breaks.y"}, {"Goes.z"}}});
  return team.log({6, "c6", tests});
}

TEST_CASE("tests that are slower, newly failing, new and gone are told, against the good runs of the store",
          "[store][against]") {
  const Team team;
  const std::string log = sixth_log(team, {{"Steady.x", true, 130}, {"Breaks.y", false}, {"Comes.w"}});
  const auto check = [&] {
    const Ending ending = tests(team, log, {"--format", "json"});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    const Json change = Json::parse(ending.output);
    CHECK(change["run"]["commit"] == "c5");
    CHECK(change["newly_failing"] == Json{{{"test", "Breaks.y"}, {"runner", "googletest"}}});
    CHECK(change["gone"] == Json{{{"test", "Goes.z"}, {"runner", "googletest"}}});
    CHECK(change["new"] == Json{{{"test", "Comes.w"}, {"runner", "googletest"}, {"status", "passed"}}});
    REQUIRE(change["slower"].size() == 1);
    const Json& slow = change["slower"][0];
    CHECK((slow["test"] == "Steady.x" && slow["last_ms"] == 130.0 && slow["median_ms"] == 100.0 && slow["runs"] == 5));
  };
  check();
  CHECK_THAT(tests(team, log).output, ContainsSubstring("\nnewly failing\n  Breaks.y  (googletest)\n") &&
                                          ContainsSubstring("130 ms     100 ms   1.30        5  Steady.x") &&
                                          ContainsSubstring("\nnew\n  Comes.w  (googletest): passed\n") &&
                                          ContainsSubstring("\ngone\n  Goes.z  (googletest)\n"));
  team.add(Team::Words{log});  // a run that the store has is compared with the others
  check();
  const Json of_store = team.ask({"slower"});
  REQUIRE(of_store.size() == 1);
  CHECK((of_store[0]["test"] == "Steady.x" && of_store[0]["times"] == 1.3));
}

TEST_CASE("tests as they were say so, and those of other branches don't count", "[store][against]") {
  const Team team;
  const std::string log = sixth_log(team, {{"Steady.x", true, 100}, {"Breaks.y"}, {"Goes.z"}});
  RunSpec topic{7, "c7", {{"Steady.x", false}, {"Breaks.y", false}, {"Other.t"}}};
  topic.branch = "topic";
  team.add(topic);
  CHECK_THAT(tests(team, log).output, ContainsSubstring("no test is slower, newly failing, new or gone\n"));
}

TEST_CASE("tests are compared with a store only, as text or json, and without a patch", "[store][against]") {
  const Team team;
  const std::string log = team.log(day(1, 1));
  CHECK_THAT(replay({"tests", log, "--against", log}).errors, ContainsSubstring("is no store; make one with"));
  const Ending gone = tests(team, log);  // there is no store yet
  CHECK(gone.status() == 2);
  CHECK_THAT(gone.errors, ContainsSubstring(team.store + ": unable to open database file"));
  team.add(day(2, 1));
  CHECK_THAT(tests(team, log, {"--format", "list"}).errors, ContainsSubstring("written as text or json"));
  CHECK_THAT(tests(team, log, {"--changed", "x.patch"}).errors, ContainsSubstring("without --changed"));
}

}  // namespace
}  // namespace recount::test
