// coverage --test on runs of real test runners: in the sources under tests/one_test, "ran by: NAME, NAME" stands beside
// each line that these tests run.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::set<int>;

// The lines of the source that this test runs, and those that are said to be run by any.
struct Expected {
  Lines own;
  Lines any;
};

Expected expected_in(const fs::path& source, const std::string& test) {
  Expected expected;
  const std::regex remark("// ran by: (.*)$");
  std::smatch match;
  int number = 0;
  for (const std::string& line : lines_of(contents_of(source))) {
    ++number;
    if (!std::regex_search(line, match, remark)) continue;
    expected.any.insert(number);
    if ((", " + match[1].str() + ",").find(", " + test + ",") != std::string::npos) expected.own.insert(number);
  }
  return expected;
}

// A copy of a project of tests/one_test, and one recorded run of its tests.
class Project {
 public:
  explicit Project(const std::string& name) {
    fs::copy(fs::path(RECOUNT_ONE_TEST) / name, folder_.path(), fs::copy_options::recursive);
  }

  std::string folder() const { return fs::canonical(folder_.path()).string(); }
  std::string log() const { return folder_.file("run.db"); }

  void must_run(const Words& command) const {
    const Ending ending = run({.arguments = in_folder(folder(), command), .deadline = std::chrono::seconds{600}});
    INFO(command.front() << ": " << ending.output << ending.errors);
    REQUIRE(ending.status() == 0);
  }

  void record(const Words& command) const {
    must_run(recorder({"-q", "--force", "-o", log(), "--source-root", ".", "--"}) + command);
    check_sealed(log());
  }

  nlohmann::json coverage_of(const std::string& test) const {
    const Ending ending =
        run({.arguments = Words{RECOUNT_REPLAY, "coverage", log(), "--format", "json", "--test", test} + more_});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    return nlohmann::json::parse(ending.output);
  }

  // `test` is what --test is given, `name` what the remarks call it.
  void check(const std::string& test, const std::string& name) const {
    INFO("--test " << test);
    const auto report = coverage_of(test);
    std::size_t remarks = 0;
    for (const auto& file : report["files"]) {
      const fs::path source = file["file"].get<std::string>();
      INFO(source);
      const Expected expected = expected_in(source, name);
      remarks += expected.own.size();
      Lines ran;
      for (const auto& line : file["line_coverage"])
        if (line["hits"] != 0 && expected.any.count(line["line"]) != 0) ran.insert(line["line"].get<int>());
      CHECK(ran == expected.own);
    }
    CHECK(remarks != 0);
  }
  void check(const std::string& test) const { check(test, test); }

  // By the name that add_test() gave.
  void check_as_ctest(const std::string& test, const std::string& name) {
    more_ = {"--ctest", folder() + "/tests.json"};
    check(test, name);
    more_.clear();
  }

  std::string refusal_of(const std::string& test) const {
    const Ending ending = run({.arguments = {RECOUNT_REPLAY, "coverage", log(), "--test", test}});
    CHECK(ending.status() == 2);
    return ending.errors;
  }

 private:
  TemporaryFolder folder_;
  Words more_;
};

// Those of googletest's sample1.cc, whose lines are not ours to mark.
std::set<std::string> functions_run(const nlohmann::json& report) {
  std::set<std::string> names;
  for (const auto& file : report["files"]) {
    if (fs::path(file["file"].get<std::string>()).filename() != "sample1.cc") continue;
    for (const auto& function : file["functions"])
      if (function["hits"] != 0) names.insert(function["function"].get<std::string>());
  }
  return names;
}

TEST_CASE("one test of ctest, and of googletest by ctest", "[ctest]") {
  const std::string googletest = "/usr/src/googletest";
  if (!have("cmake") || !have("ctest") || !have("ninja") || !have_file(googletest)) return;
  Project project("ctest");
  fs::copy(googletest + "/googletest/samples", project.folder() + "/samples");
  project.must_run({"cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DGOOGLETEST=" + googletest});
  project.must_run({"cmake", "--build", "build"});
  project.record({"ctest", "--test-dir", "build", "-j2"});

  project.check("sum");
  project.check("counter sum 1 2", "sum");
  project.check(project.folder() + "/build/counter sum 1 2", "sum");
  project.check("counter");
  project.check("product");
  project.check("--do=product", "product");
  project.check("counter difference", "difference");
  project.check("sh -c exec ./counter difference", "difference");
  CHECK_THAT(project.refusal_of("sums"), ContainsSubstring("counter sum 1 2") && ContainsSubstring("Number.IsHalved") &&
                                             ContainsSubstring("give --ctest the output of ctest"));
  project.must_run({"sh", "-c", "ctest --test-dir build --show-only=json-v1 >tests.json"});
  project.check_as_ctest("sums", "sum");
  project.check_as_ctest("multiplies", "product");
  project.check_as_ctest("by_a_shell", "difference");

  project.check("Number.IsDoubled");
  project.check("Number.IsHalved");
  project.check("Small/Even.IsDoubled/1");
  CHECK(functions_run(project.coverage_of("FactorialTest.Zero")) == std::set<std::string>{"Factorial(int)"});
  CHECK(functions_run(project.coverage_of("IsPrimeTest.*")) == std::set<std::string>{"IsPrime(int)"});
}

TEST_CASE("one test of cargo test", "[cargo]") {
  if (!have("cargo") || !have("rustc")) return;
  const Project project("cargo");
  project.must_run({"cargo", "test", "--offline", "--no-run"});
  project.record({"cargo", "test", "--offline", "--tests"});
  for (const char* crate : {"one-test", "one_test", "outside"}) project.check(crate);
  CHECK_THAT(project.refusal_of("tests::adds"), ContainsSubstring("there is: one_test, outside;"));

  const std::string each =
      "for program in target/debug/deps/o*-????????????????; do"
      "  $PWD/$program --list | sed -n 's/: test$//p' | while read test; do $PWD/$program --exact $test; done;"
      "done";
  project.record({"sh", "-c", each});
  for (const char* test : {"tests::adds", "tests::multiplies", "adds_from_outside"}) project.check(test);
}

}  // namespace
}  // namespace recount::test
