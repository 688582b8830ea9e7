// Branches in the reports of coverage: ways that were taken, were not, were never come to, and those of which nobody knows it.
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/coverage_report_sample.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/views_comparison.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

// main.cpp:2 jumps to line 5 and never goes on to 3; main.cpp:6 jumps, and nobody knows of its other way; lib/a.h:2 never ran.
struct BranchSample : Sample {
  BranchSample() {
    way("main.cpp", 2, 0x21, 1, 0, "3", 1, 3);
    way("main.cpp", 2, 0x21, 2, 1, "5", 1, 4);
    way("main.cpp", 6, 0x51, 1, 0, "NULL", 0, 0);
    way("main.cpp", 6, 0x51, 2, 1, "NULL", 1, 5);
    way("lib/a.h", 2, 0x71, 1, 0, "1", 1, 7);
    way("lib/a.h", 2, 0x71, 2, 1, "2", 1, 7);
  }
  void way(const std::string& file, int line, int jump, int way, int number, const std::string& to, int told,
           int probe) {
    const std::string at = std::to_string(jump) + ", " + std::to_string(way);
    tamper(log, "INSERT INTO trace_branch VALUES (1, " + at + ", (SELECT file_id FROM trace_file WHERE path LIKE '%/" +
                    file + "'), " + std::to_string(line) + ", " + std::to_string(number) + ", 0, " + to + ", " +
                    std::to_string(told) + ", NULL)");
    if (probe != 0) tamper(log, "INSERT INTO trace_branch_probe VALUES (" + std::to_string(probe) + ", " + at + ", 0)");
  }
};

TEST_CASE("the view and the reports say the same of branches") {
  const BranchSample sample;
  check_equal(sample.log);
}

TEST_CASE("text names the ways that were never taken, and counts those of which the log knows") {
  const BranchSample sample;
  const std::string text = sample.report("text");
  CHECK_THAT(text, ContainsSubstring("not run: 3\n                       not taken: 2 (to 3)\n"));
  CHECK_THAT(text, ContainsSubstring("  40.0 %          2/5  of the branches; of 1 more nobody knows\n"));
  CHECK_THAT(text, !ContainsSubstring("not taken: 2 (to 1)"));
}

TEST_CASE("annotate marks a line that did not take all of its ways, and says which beneath it") {
  const BranchSample sample;
  CHECK_THAT(sample.report("annotate"), ContainsSubstring("       1*:    2:  return 2 * x;\n"
                                                          "branch 0, to line 3, was never taken\n"
                                                          "    #####:    3:}\n") &&
                                            ContainsSubstring("        1:    6:\treturn twice(0);\n"
                                                              "branch 0, was perhaps taken: nobody knows\n"));
}

TEST_CASE("a tracefile has - for a way that was never come to, and nothing for one that nobody knows") {
  const BranchSample sample;
  const std::string lcov = sample.report("lcov");
  CHECK_THAT(lcov, ContainsSubstring("BRDA:2,0,0,0\nBRDA:2,0,1,1\nBRDA:6,0,1,1\nBRF:3\nBRH:2\n"));
  CHECK_THAT(lcov, ContainsSubstring("BRDA:2,0,0,-\nBRDA:2,0,1,-\nBRF:2\nBRH:0\n"));
}

TEST_CASE("genhtml shows the branches of a tracefile", "[lcov]") {
  if (!have("genhtml")) return;
  const BranchSample sample;
  const std::string told =
      consume({"genhtml", "--branch-coverage", sample.written("lcov"), "-o", sample.folder.file("html")});
  CHECK_THAT(told, ContainsSubstring(".: 40.0% (2 of 5 branches)"));
  CHECK(warnings_in(told) == "");
}

TEST_CASE("gcovr reads the branches", "[gcovr]") {
  if (!have("gcovr")) return;
  const BranchSample sample;
  const std::string told =
      consume({"gcovr", "--root", sample.root, "--add-tracefile", sample.written(gcovr_format()), "--branches"});
  CHECK_THAT(told, ContainsSubstring("TOTAL                                          5       2    40%"));
}

TEST_CASE("Cobertura, SonarQube, Coveralls and Codecov have the branches of a line as each writes them") {
  const BranchSample sample;
  const std::string cobertura = sample.report("cobertura");
  CHECK_THAT(cobertura, ContainsSubstring("branches-covered=\"2\" branches-valid=\"5\""));
  CHECK_THAT(cobertura,
             ContainsSubstring("<line number=\"2\" hits=\"1\" branch=\"true\" condition-coverage=\"50% (1/2)\">"
                               "<conditions><condition number=\"0\" type=\"jump\" coverage=\"50%\"/></conditions>"
                               "</line>"));
  CHECK_THAT(sample.report("sonarqube"),
             ContainsSubstring(R"(lineNumber="2" covered="true" branchesToCover="2" coveredBranches="1")"));
  const Json files = Json::parse(sample.report("coveralls")).at("source_files");
  CHECK(files.at(1).at("branches") == Json::parse("[2,0,0,0, 2,0,1,1, 6,0,1,1]"));
  CHECK(Json::parse(sample.report("codecov")).at("coverage").at("main.cpp").dump() ==
        R"({"1":1,"2":"1/2","3":0,"5":1,"6":1})");
}

TEST_CASE("json has all that is known of a branch") {
  const BranchSample sample;
  const Json report = Json::parse(sample.report("json"));
  CHECK(report.at("totals").at("branches") == 6);
  CHECK(report.at("totals").at("branches_known") == 5);
  CHECK(report.at("totals").at("branches_taken") == 2);
  CHECK(report.at("files").at(1).at("branch_coverage").at(2) ==
        Json::parse(R"({"line": 6, "branch": 0, "condition": 0, "way": "on",
        "to_line": null, "reached": true, "taken": null})"));
}

TEST_CASE("--fail-under-branches looks at the branches of which the log knows whether they were taken") {
  const BranchSample sample;
  const auto status = [&](const std::string& percent, const std::string& log) {
    return run({.arguments = {RECOUNT_REPLAY, "coverage", log, "--fail-under-branches", percent}}).status();
  };
  CHECK(status("40", sample.log) == 0);
  CHECK(status("41", sample.log) == 1);
  CHECK(status("1", Sample().log) == 1);  // it has none
}

TEST_CASE("why tells where the ways of a line lead, and which were taken") {
  const BranchSample sample;
  const Ending told = run({.arguments = {RECOUNT_REPLAY, "why", sample.log, sample.root + "/main.cpp:2"}});
  CHECK_THAT(told.output,
             ContainsSubstring("  branch 0, to line 3, was never taken\n  branch 1, to line 5, was taken\n"));
}

TEST_CASE("html has what is to be said of a line that did not take all of its ways") {
  const BranchSample sample;
  CHECK_THAT(sample.report("html"),
             ContainsSubstring(R"("branches":[2,3],"partial":[[2,"the way to line 3 was never taken"]])"));
}

TEST_CASE("a log without branches has none in any report") {
  const Sample sample;
  for (const char* const format : {"text", "lcov", "json", "coveralls", "sonarqube", "html"}) {
    INFO(format);
    const std::string report = sample.report(format);
    CHECK_THAT(report, !ContainsSubstring("BRDA") && !ContainsSubstring("branchesToCover") &&
                           !ContainsSubstring("\"branches\":") && !ContainsSubstring("of the branches"));
  }
}

}  // namespace
}  // namespace recount::test
