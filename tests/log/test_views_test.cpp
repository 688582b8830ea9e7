// The views of tests: which process is which test, by whom it is told; what each ran and cost.
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kTests = "SELECT test, runner, processes, failed FROM test ORDER BY test";

// A program that runs line 5 or line 7, and a script that uses it.
class Workshop {
 public:
  Workshop() {
    write(folder_.path() / "t.c",
          "#include <stdlib.h>\n"             // 1
          "int main(int n, char** v) {\n"     // 2
          "  int result = 0;\n"               // 3
          "  if (n > 1 && atoi(v[1]) > 0)\n"  // 4
          "    result = atoi(v[1]);\n"        // 5
          "  else\n"                          // 6
          "    result = 0;\n"                 // 7
          "  return result;\n"                // 8
          "}\n");
    consume({RECOUNT_TEST_CC, "-g", "-O0", "-o", "t", "t.c"}, folder_.path());
  }

  std::string path(const std::string& name) const { return folder_.file(name); }

  std::string record(const std::string& script, const Words& options = {}) const {
    write(folder_.path() / "run.sh", script);
    const Words all = Words{"-q", "--force", "-o", "run.db"} + options + Words{"--", "/bin/sh", "run.sh"};
    const Ending ending = run({.arguments = in_folder(folder_.path(), recorder(all))});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    return path("run.db");
  }

  static std::string replay(const Words& arguments) {
    const Ending ending = run({.arguments = Words{RECOUNT_REPLAY} + arguments});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    return ending.output;
  }

 private:
  TemporaryFolder folder_;
};

TEST_CASE("--test makes the whole run one test", "[tests]") {
  const Workshop shop;
  const std::string log = shop.record("./t; PYTEST_CURRENT_TEST='a (call)' ./t", {"--test", "smoke test"});
  CHECK(query(log, kTests) == std::vector<Row>{{"smoke test", "--test", "1", "0"}});
  CHECK(value(log, "SELECT GROUP_CONCAT(line) FROM (SELECT line FROM test_line ORDER BY line)") == "2,3,4,7,8");
  CHECK_THAT(shop.replay({"coverage", log, "--test", "smoke*"}), ContainsSubstring("5"));
  CHECK(value(log, "SELECT value FROM run_tag WHERE key = 'test.case.name'") == "smoke test");
  const TemporaryFolder other;
  check_refused(other, {"--test", "", "--", "true"}, 125, "--test");
}

TEST_CASE("runners that say the test in the environment are understood", "[tests]") {
  const Workshop shop;
  const std::string log = shop.record(
      "PYTEST_CURRENT_TEST='t.py::one (setup)' ./t 1\n"
      "PYTEST_CURRENT_TEST='t.py::one (call)' ./t\n"
      "PYTEST_CURRENT_TEST='t.py::two (teardown)' /bin/sh -c './t; ./t'\n"
      "NEXTEST_TEST_NAME=crate::three ./t 3\n"
      "BATS_TEST_NAME=test_four BATS_TEST_DESCRIPTION='four of them' ./t\n"
      "BATS_TEST_NAME=test_five ./t\n"
      "./t\n");
  CHECK(query(log, kTests) == std::vector<Row>{{"crate::three", "cargo-nextest", "1", "1"},
                                               {"four of them", "bats", "1", "null"},
                                               {"t.py::one", "pytest", "2", "null"},
                                               {"t.py::two", "pytest", "1", "null"},
                                               {"test_five", "bats", "1", "null"}});
  CHECK(query(log, "SELECT DISTINCT test FROM test_line WHERE line = 5 ORDER BY 1") ==
        std::vector<Row>{{"crate::three"}, {"t.py::one"}});
  CHECK(
      value(log, "SELECT COUNT(*) FROM test WHERE duration_ns > 0 AND user_us + system_us >= 0 AND max_rss_kib > 0") ==
      "5");
  CHECK(value(log, "SELECT COUNT(*) FROM test_process") == "6");
  const auto coverage =
      nlohmann::json::parse(shop.replay({"coverage", log, "--format", "json", "--test", "t.py::two"}));
  CHECK(coverage["totals"]["lines_hit"] == 5);
}

TEST_CASE("arguments that choose one test name it, others do not", "[tests]") {
  const Workshop shop;
  const std::string log = shop.record(
      "mkdir -p target/debug/deps && cp t target/debug/deps/my_crate-0123456789abcdef\n"
      "./t --gtest_filter=Suite.One\n./t 0 --gtest_color=no --gtest_filter=Small/Even.Two/1 -x\n"
      "./t --gtest_filter=Suite.*\n./t --gtest_filter=A.b:A.c\n./t --gtest_filter=-A.b\n./t --gtest_filter=\n"
      "target/debug/deps/my_crate-0123456789abcdef tests::three --exact --nocapture\n"
      "target/debug/deps/my_crate-0123456789abcdef --exact tests::four\n"
      "target/debug/deps/my_crate-0123456789abcdef --exact --nocapture\n"
      "./t --exact tests::five\n");
  CHECK(query(log, kTests) == std::vector<Row>{{"Small/Even.Two/1", "googletest", "1", "0"},
                                               {"Suite.One", "googletest", "1", "0"},
                                               {"tests::four", "cargo test", "1", "0"},
                                               {"tests::three", "cargo test", "1", "0"}});
}

TEST_CASE("a line that only tests that fail run is the first suspect", "[tests][suspect]") {
  const Workshop shop;
  const std::string log = shop.record(
      "./t 1 --gtest_filter=S.Bad\n./t 0 --gtest_filter=S.Good\n./t 0 "
      "--gtest_filter=S.Fine\nBATS_TEST_NAME=nobody_knows ./t\n");
  const auto report = nlohmann::json::parse(shop.replay({"suspect", "--by", "test", "--format", "json", log}));
  CHECK((report["of"] == "test" && report["failed"] == 1 && report["passed"] == 2 && report["unknown"] == 1));
  REQUIRE(report["lines"].size() == 1);  // the others ran in the tests that passed as well
  CHECK((report["lines"][0]["line"] == 5 && report["lines"][0]["score"] == 1));
  CHECK(report["lines"][0]["source"] == "result = atoi(v[1]);");
}

TEST_CASE("a test below a test is part of it", "[tests]") {
  const Workshop shop;
  const std::string log = shop.record("BATS_TEST_NAME=outer /bin/sh -c 'BATS_TEST_NAME=inner ./t; true'\n");
  CHECK(query(log, "SELECT test, runner FROM test") == std::vector<Row>{{"outer", "bats"}});
  CHECK(value(log, "SELECT COUNT(*) FROM test_line WHERE test = 'outer'") == "5");
}

TEST_CASE("ctest's names come from its list, at the recording or later", "[tests]") {
  const Workshop shop;
  const std::string program = shop.path("t"), list = shop.path("tests.json");
  nlohmann::json info{{"kind", "ctestInfo"}, {"tests", nlohmann::json::array()}};
  info["tests"].push_back({{"name", "it's one"}, {"command", {program, "1"}}});
  info["tests"].push_back({{"name", "two"}, {"command", {program}}});
  info["tests"].push_back({{"name", "not there"}});
  write(list, info.dump());
  const std::string script = program + " 1\n" + program + "\n" + program + " 2\ntrue\n";
  const std::vector<Row> expected{{"it's one", "ctest", "1", "1"}, {"two", "ctest", "1", "0"}};
  CHECK(query(shop.record(script, {"--ctest", "tests.json"}), kTests) == expected);
  const std::string log = shop.record(script);
  CHECK(query(log, kTests).empty());
  CHECK(shop.replay({"query", log, "--ctest", list, "--format", "csv", kTests}) ==
        "test,runner,processes,failed\nit's one,ctest,1,1\ntwo,ctest,1,0\n");
  const auto coverage =
      nlohmann::json::parse(shop.replay({"coverage", log, "--format", "json", "--ctest", list, "--test", "it's one"}));
  CHECK(coverage["totals"]["lines_hit"] == 5);
  CHECK(shop.replay({"query", log, "--ctest", list, "--format", "csv", "@single-test-lines"}) ==
        "file,line,function,test\n" + fs::canonical(shop.path("t.c")).string() + ",5,main,it's one\n" +
            fs::canonical(shop.path("t.c")).string() + ",7,main,two\n");
  CHECK_THAT(shop.replay({"query", log, "--ctest", list, "--format", "csv", "@line-tests"}),
             ContainsSubstring(",5,1,it's one\n"));
  CHECK_THAT(shop.replay({"query", log, "--ctest", list, "--format", "csv", "@slowest-tests"}),
             ContainsSubstring("two,ctest,"));

  const TemporaryFolder other;
  write(other.path() / "no.json", "{}");
  check_refused(other, {"--ctest", "no.json", "--", "true"}, 125, "show-only");
  check_refused(other, {"--ctest", "missing.json", "--", "true"}, 125, "missing.json");
  CHECK(run({.arguments = {RECOUNT_REPLAY, "query", log, "--ctest", program, kTests}}).status() == 2);
}

TEST_CASE("a script that ctest runs is known by its command line behind the interpreter's", "[tests][ctest]") {
  if (!have("ctest")) return;
  const Workshop shop;
  write(shop.path("check.sh"), "#!/bin/sh -e\n" + shop.path("t") + " $1\n", 0755);
  write(shop.path("CTestTestfile.cmake"), "add_test(fine \"" + shop.path("check.sh") + "\" \"0\")\nadd_test(broken \"" +
                                              shop.path("check.sh") + "\" \"1\")\n");
  const std::string log = shop.record("ctest --show-only=json-v1 >tests.json\nctest -j2\ntrue\n");
  CHECK(shop.replay({"query", log, "--ctest", shop.path("tests.json"), "--format", "csv", kTests}) ==
        "test,runner,processes,failed\nbroken,ctest,1,1\nfine,ctest,1,0\n");
  CHECK(shop.replay({"query", log, "--ctest", shop.path("tests.json"), "--format", "csv",
                     "SELECT test FROM test_line WHERE line = 5"}) == "test\nbroken\n");
}

TEST_CASE("bats tells its tests' names to what they start", "[tests][bats]") {
  if (!have("bats")) return;
  const Workshop shop;
  write(shop.path("x.bats"),
        "@test \"runs five\" {\n  run ./t 1\n  [ $status = 1 ]\n}\n@test \"runs seven\" {\n  ./t\n}\n");
  const std::string log = shop.record("bats x.bats");
  CHECK(query(log, "SELECT DISTINCT test, line FROM test_line WHERE line IN (5, 7) ORDER BY line") ==
        std::vector<Row>{{"test_runs_five", "5"}, {"test_runs_seven", "7"}});
}

}  // namespace
}  // namespace recount::test
