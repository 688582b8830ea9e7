// suspect: numbers by hand, on logs that are built row by row.
#include <cmath>
#include <nlohmann/json.hpp>

#include "replay/tests/suspect.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

TEST_CASE("Ochiai by hand", "[suspect]") {
  CHECK(ochiai(0, 7, 3) == 0);
  CHECK(ochiai(3, 0, 3) == Catch::Approx(1));               // 3 / sqrt(3 * 3)
  CHECK(ochiai(2, 2, 2) == Catch::Approx(std::sqrt(0.5)));  // 2 / sqrt(2 * 4)
  CHECK(ochiai(1, 0, 4) == Catch::Approx(0.5));             // 1 / sqrt(4 * 1)
  CHECK(ochiai(1, 8, 1) == Catch::Approx(1.0 / 3));         // 1 / sqrt(1 * 9)
}

TEST_CASE("an execution counts a line once, and ties share a rank", "[suspect]") {
  Spectrum spectrum;
  spectrum.begin(true);
  for (int i = 0; i < 3; ++i) spectrum.ran({"a.c", 7, "f"});
  spectrum.ran({"a.c", 5, "f"});
  spectrum.ran({"b.c", 1, ""});
  spectrum.begin(false);
  spectrum.ran({"b.c", 1, ""});
  spectrum.ran({"c.c", 1, "g"});
  spectrum.begin(false);
  const auto lines = spectrum.lines();
  REQUIRE(lines.size() == 3);  // c.c ran in no failing execution
  CHECK((lines[0].line == 5 && lines[0].rank == 1 && lines[0].score == 1 && lines[0].failed == 1 &&
         lines[0].passed == 0));
  CHECK((lines[1].line == 7 && lines[1].rank == 1));
  CHECK((lines[2].file == "b.c" && lines[2].rank == 3 && lines[2].passed == 1 &&
         lines[2].score == Catch::Approx(std::sqrt(0.5))));
  REQUIRE(spectrum.functions().size() == 1);
  CHECK((spectrum.functions()[0].function == "f" && spectrum.functions()[0].line == 5));
  CHECK((spectrum.failed() == 1 && spectrum.passed() == 2));
}

// A run of one process that reaches lines 1, 2, ... of /src/t.c as asked, and ends as asked.
void write_run(const std::string& path, const std::string& uuid, const std::vector<std::uint64_t>& lines,
               int exit_code) {
  {
    LogBuilder log(path);
    const ImageId image = log.image("/bin/t", {{1, "/src/t.c", {1}, "main"},
                                               {2, "/src/t.c", {2}, "main"},
                                               {3, "/src/t.c", {3}, "bad"},
                                               {4, "/src/t.c", {4}, "good"}});
    log.spawned(100);
    log.exec(100, R"(["t"])", image);
    for (const std::uint64_t line : lines) log.hit(100, line);
    if (exit_code >= 0) log.exited(100, exit_code);
    log.finish();
  }
  tamper(path, "UPDATE trace_run SET run_uuid = '" + uuid + "'");
}

// The text that a log has of /src/t.c, its only source.
void keep_text(const std::string& path, const std::string& text) {
  const std::string size = std::to_string(text.size());
  tamper(path, "INSERT INTO trace_source VALUES ('h', " + size + ", CAST('" + text +
                   "' AS BLOB)); INSERT INTO trace_file_source VALUES (1, 1, 'h', 0, NULL)");
}

struct Runs {
  TemporaryFolder folder;
  std::string p1 = folder.file("p1.db"), p2 = folder.file("p2.db"), f1 = folder.file("f1.db"),
              f2 = folder.file("f2.db");
  Runs() {
    write_run(p1, "p1", {1, 4}, 0);
    write_run(p2, "p2", {1, 2, 4}, 0);
    write_run(f1, "f1", {1, 2, 3}, 1);
    write_run(f2, "f2", {1, 3}, 7);
  }
};

Ending suspect(const Words& arguments) {
  Words command{RECOUNT_REPLAY, "suspect"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run({.arguments = command});
}

Json answer(Words arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Ending ending = suspect(arguments);
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  return Json::parse(ending.output);
}

void check_ranking(const Json& report) {
  CHECK((report["failed"] == 2 && report["passed"] == 2));
  const Json& lines = report["lines"];
  REQUIRE(lines.size() == 1);  // 1 ran in all, and 2 in half of either
  CHECK((lines[0]["line"] == 3 && lines[0]["score"] == Catch::Approx(1) &&
         lines[0]["function"] == "bad"));  // 2 / sqrt(2 * 2)
  CHECK((lines[0]["failed"] == 2 && lines[0]["passed"] == 0 && lines[0]["rank"] == 1));
  const Json& functions = report["functions"];
  REQUIRE(functions.size() == 1);
  CHECK(functions[0]["function"] == "bad");
}

TEST_CASE("lines are ranked by the runs that are said to have passed and failed", "[suspect]") {
  const Runs runs;
  check_ranking(answer({"--pass", runs.p1, runs.p2, "--fail", runs.f1, runs.f2}));
  check_ranking(answer({"--fail", runs.f1, "--pass=" + runs.p1, runs.p2, "--fail", runs.f2, runs.f2}));
  const Json turned = answer({"--fail", runs.p1, "--pass", runs.f1, "-n", "1"});
  REQUIRE(turned["lines"].size() == 1);
  CHECK(turned["lines"][0]["line"] == 4);
}

TEST_CASE("without --pass and --fail each run's end says so, in a merged log, too", "[suspect]") {
  const Runs runs;
  check_ranking(answer({runs.p1, runs.f1, runs.p2, runs.f2}));
  const std::string all = runs.folder.file("all.db"), cut_short = runs.folder.file("cut.db");
  REQUIRE(run({.arguments = {RECOUNT_REPLAY, "merge", "-o", all, runs.p1, runs.p2, runs.f1, runs.f2}}).status() == 0);
  check_ranking(answer({all}));
  write_run(cut_short, "c", {2}, -1);
  const Json with_unknown = answer({all, cut_short, runs.p1});
  check_ranking(with_unknown);
  CHECK(with_unknown["unknown"] == 1);
}

TEST_CASE("the ranking is written for people and for a job's page", "[suspect]") {
  const Runs runs;
  const Words logs{runs.p1, runs.p2, runs.f1, runs.f2};
  const Ending text = suspect({"-n", "1", logs[0], logs[1], logs[2], logs[3]});
  CHECK_THAT(text.output, ContainsSubstring("2 runs failed, 2 passed\n") &&
                              ContainsSubstring("1.000     2/2     0/2  /src/t.c:3") &&
                              ContainsSubstring("1.000     2/2     0/2  bad  /src/t.c:3"));
  const Ending markdown = suspect({"--format", "markdown", logs[0], logs[1], logs[2], logs[3]});
  CHECK_THAT(markdown.output, ContainsSubstring("| 1.000 | 2/2 | 0/2 | `/src/t.c:3` | `bad` |"));
}

TEST_CASE("what ran in as large a share of the passed runs does not separate, and nothing left is said", "[suspect]") {
  const Runs runs;
  const Json one = answer({"--pass", runs.p2, "--fail", runs.f1, runs.f2});
  REQUIRE(one["lines"].size() == 1);
  CHECK(answer({"--fail", runs.f1})["lines"].size() == 3);  // without a passed run all of them may be it
  write_run(runs.folder.file("same.db"), "s", {1, 4}, 1);
  CHECK_THAT(suspect({"--pass", runs.p1, "--fail", runs.folder.file("same.db")}).output,
             ContainsSubstring("1 run failed, 1 passed\n\nnothing separates them: no line ran in a larger share"));
}

TEST_CASE("what separates more comes first, and fewer are shown with -n", "[suspect]") {
  const Runs runs;
  write_run(runs.folder.file("f3.db"), "f3", {3, 2}, 1);
  const Words logs{"--pass", runs.p1, runs.p2, "--fail", runs.f1, runs.folder.file("f3.db")};
  const Json lines = answer(logs)["lines"];
  REQUIRE(lines.size() == 2);
  CHECK((lines[0]["line"] == 3 && lines[1]["line"] == 2 && lines[1]["rank"] == 2));
  CHECK(lines[1]["score"] == Catch::Approx(2 / std::sqrt(6.0)));  // 2 / sqrt(2 * 3)
  CHECK_THAT(suspect({"-n", "1", logs[0], logs[1], logs[2], logs[3], logs[4], logs[5]}).output,
             ContainsSubstring("and 1 more: -n 0 shows all"));
}

// A line is put in front of the text that the passed run has: 1, 2, 3, 4 are 2, 3, 4, 5 then, and 4 was rewritten.
TEST_CASE("a line is the same in two texts if an edit left it as it is", "[suspect]") {
  const Runs runs;
  keep_text(runs.p1, "one\ntwo\nthree\nfour\n");
  keep_text(runs.f1, "new\none\ntwo\nFOUR\n");
  const Json lines = answer({"--fail", runs.f1, "--pass", runs.p1})["lines"];
  // f1 ran 1, 2 and 3 of its text; p1 ran 1, which is 2 there, and 4, which is not.
  REQUIRE(lines.size() == 2);
  CHECK((lines[0]["line"] == 1 && lines[0]["source"] == "new" && lines[0]["score"] == 1));
  CHECK((lines[1]["line"] == 3 && lines[1]["source"] == "two"));
  CHECK(answer({"--fail", runs.f1, "--pass", runs.p1}) == answer({"--pass", runs.p1, "--fail", runs.f1}));
  CHECK_THAT(suspect({"--pass", runs.f2, "--fail", runs.f1}).output, !ContainsSubstring("function\n"));
}

TEST_CASE("lines have the names that --map gives their files, also across checkouts", "[suspect]") {
  const Runs runs;
  tamper(runs.f1, "UPDATE trace_file SET path = '/elsewhere/t.c'");
  const Words ask{"--fail", runs.f1, "--pass", runs.p1};
  CHECK(answer(ask)["lines"][0]["file"] == "/elsewhere/t.c");
  const Json lines = answer({"--map", "/elsewhere=/src", "--fail", runs.f1, "--pass", runs.p1})["lines"];
  REQUIRE(lines.size() == 2);  // 2 and 3: 1 ran in both
  CHECK((lines[0]["file"] == "/src/t.c" && lines[0]["line"] == 2 && lines[1]["line"] == 3));
}

TEST_CASE("what can't be ranked is said", "[suspect]") {
  const Runs runs;
  const auto refusal = [](const Words& arguments) {
    const Ending ending = suspect(arguments);
    CHECK(ending.status() == 2);
    return ending.errors;
  };
  CHECK_THAT(refusal({}), ContainsSubstring("no log is named"));
  CHECK_THAT(refusal({runs.p1, runs.p2}), ContainsSubstring("no run failed; name the log of a failed one with --fail"));
  CHECK_THAT(refusal({runs.p1, "--fail", runs.f1}), ContainsSubstring("it is not said of " + runs.p1));
  CHECK_THAT(refusal({"--pass", runs.p1, "--fail", runs.p1}),
             ContainsSubstring("is named both after --pass and after --fail"));
  CHECK_THAT(refusal({"--by", "file", runs.f1}), ContainsSubstring("it takes run or test"));
  CHECK_THAT(suspect({runs.f1}).errors, ContainsSubstring("no run passed"));
}

}  // namespace
}  // namespace recount::test
