// Tests inside of processes, by what their frameworks print: in `tests`, `failures` and the JUnit XML.
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Results = std::map<std::string, std::string>;

struct Log {
  explicit Log(const std::string& text, int exit_code = 1, const std::string& above = "") {
    LogBuilder log(path);
    const ImageId image = log.image("/src/any", {{0x10, "/src/a_test.cc", {7}, "main"}}, LogBuilder::Output::seen);
    log.spawned(100);
    log.exec(100, R"(["make","check"])", image);
    log.fork(100, 101);
    log.stop(101);
    log.exec(101, R"(["./all_tests"])", image);
    for (std::size_t at = 0, end = 0; at < text.size(); at = end) {  // a write a line
      end = std::min(text.find('\n', at), text.size() - 1) + 1;
      log.advance(1'000'000);
      log.wrote(101, 1, text.substr(at, end - at));
    }
    log.exited(101, exit_code);
    if (!above.empty()) log.wrote(100, 1, above);
    log.exited(100, exit_code == 0 ? 0 : 2);
    log.echild();
    log.finish();
  }
  std::string say(std::vector<std::string> words) const {
    words.insert(words.begin() + 1, path);
    const Ending ending = replay(words);
    CHECK(ending.status() == 0);
    return ending.output;
  }
  Json tests() const { return Json::parse(say({"tests", "--format", "json"}))["tests"]; }
  Results results() const {
    Results results;
    for (const Json& test : tests()) {
      CHECK(test["inside_upid"] == 2);
      results[test["runner"].get<std::string>() + ": " + test["test"].get<std::string>()] = test["status"];
    }
    return results;
  }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

const char* const kGoogle =
    "[==========] Running 4 tests from 2 test suites.\n"
    "[ RUN      ] List.IsEmpty\n[       OK ] List.IsEmpty (0 ms)\n"
    "[ RUN      ] List.Grows\n../a_test.cc:7: Failure\nExpected equality of these values:\n  3\n  size\n"
    "\x1b[0;31m[  FAILED  ] \x1b[mList.Grows (12 ms)\n"
    "[ RUN      ] Some/List.Of/1\na_test.cc:9: Failure\n[  FAILED  ] Some/List.Of/1, where GetParam() = 4 (1 ms)\n"
    "[ RUN      ] List.Later\n[  SKIPPED ] List.Later (0 ms)\n"
    "[  FAILED  ] 2 tests, listed below:\n[  FAILED  ] List.Grows\n[  FAILED  ] Some/List.Of/1, where GetParam() = 4\n";

TEST_CASE("googletest's lines name the tests inside of a process, with their times", "[said_tests]") {
  const Log log(kGoogle);
  CHECK(log.results() == Results{{"googletest: List.IsEmpty", "passed"},
                                 {"googletest: List.Grows", "failed"},
                                 {"googletest: Some/List.Of/1", "failed"},
                                 {"googletest: List.Later", "skipped"}});
  CHECK(log.tests()[0]["test"] == "List.Grows");
  CHECK(log.tests()[0]["duration_ns"] == 12'000'000);
  CHECK_THAT(log.say({"tests"}), ContainsSubstring("List.Grows  (googletest, in process 2)\n"));
}

TEST_CASE("a test that took its framework with it failed, unless its process ended well or another framework says so",
          "[said_tests]") {
  const std::string begun =
      "[ RUN      ] List.IsEmpty\n[       OK ] List.IsEmpty (0 ms)\n[ RUN      ] List.Hangs\nwaiting\n";
  const Log log(begun);
  CHECK(log.results() == Results{{"googletest: List.IsEmpty", "passed"}, {"googletest: List.Hangs", "failed"}});
  CHECK(log.tests()[0]["duration_ns"] == 1'002'400);
  CHECK_THAT(log.say({"failures"}),
             ContainsSubstring("\n   a test in it failed: List.Hangs\n     it began, and did not end\n"));
  CHECK_THAT(log.say({"tests", "--format", "junit"}),
             ContainsSubstring("<failure message=\"it began, and did not end\" type=\"check\">waiting\n"));
  CHECK(Log(begun + "[----------] 2 tests from List (1 ms total)\n").results() ==
        Results{{"googletest: List.IsEmpty", "passed"}});
  CHECK(Log(begun, 0).results() == Results{{"googletest: List.IsEmpty", "passed"}});
  CHECK(Log("=== RUN   TestAll\n").results().empty());
}

TEST_CASE("a test of googletest ends without a time, and behind what it left of a line, as well", "[said_tests]") {
  const Log log(
      "[ RUN      ] List.Grows\nx.cc:3: Failure\n[  FAILED  ] List.Grows, where GetParam() = 1\n"
      "[ RUN      ] List.Turns\n50 % 100 %[       OK ] List.Turns (2 ms)\n[ RUN      ] List.Ends\n[       OK ] "
      "List.Ends\n"
      "[  FAILED  ] 1 test, listed below:\n[  FAILED  ] List.Grows, where GetParam() = 1\n");
  CHECK(log.results() == Results{{"googletest: List.Grows", "failed"},
                                 {"googletest: List.Turns", "passed"},
                                 {"googletest: List.Ends", "passed"}});
}

TEST_CASE("a failure names the tests in it that failed, and the XML has what each wrote", "[said_tests]") {
  const Log log(kGoogle);
  CHECK_THAT(log.say({"failures"}), ContainsSubstring("\n   2 tests in it failed: List.Grows, Some/List.Of/1\n"));
  CHECK_THAT(log.say({"summary"}), ContainsSubstring("2 tests in it failed: List.Grows, Some/List.Of/1\n"));
  const Json failure = Json::parse(log.say({"failures", "--format", "json"}))["failures"][0];
  CHECK(failure["output"]["failed_tests"] == Json{"List.Grows", "Some/List.Of/1"});
  CHECK_THAT(
      log.say({"tests", "--format", "junit"}),
      ContainsSubstring("<testsuite name=\"googletest\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\"") &&
          ContainsSubstring("<failure message=\"../a_test.cc:7: Failure\" type=\"check\">../a_test.cc:7: Failure\n"
                            "Expected equality of these values:\n"));
}

TEST_CASE("each framework's own words are understood, and nothing that only looks like them", "[said_tests]") {
  struct Case {
    std::string text;
    Results results;
  };
  const std::string dashes(79, '-'), dots(79, '.'), equals(79, '=');
  const auto [text, results] = GENERATE_REF(values<Case>({
      {"running 3 tests\ntest math::adds ... ok\ntest math::divides - should panic ... FAILED\ntest slow ... ignored, "
       "too slow\n"
       "test result: FAILED. 1 passed; 1 failed\ntest it ... okay then\n",
       {{"cargo test: math::adds", "passed"},
        {"cargo test: math::divides", "failed"},
        {"cargo test: slow", "skipped"}}},
      {"=== RUN   TestAll\n=== RUN   TestAll/one\n    a_test.go:7: no\n--- FAIL: TestAll (0.02s)\n    --- FAIL: "
       "TestAll/one (0.01s)\n"
       "--- SKIP: TestLater (0.00s)\n--- FAIL: not a test (x)\n",
       {{"go test: TestAll", "failed"}, {"go test: TestAll/one", "failed"}, {"go test: TestLater", "skipped"}}},
      {"tests/test_a.py::test_one PASSED                      [ 50%]\ntests/test_a.py::TestB::test_two[a b] FAILED   "
       "[100%]\n"
       "FAILED tests/test_a.py::TestB::test_two[a b] - assert 1 == 2\nERROR tests/test_c.py::test_x - fixture\n",
       {{"pytest: tests/test_a.py::test_one", "passed"},
        {"pytest: tests/test_a.py::TestB::test_two[a b]", "failed"},
        {"pytest: tests/test_c.py::test_x", "failed"}}},
      {"test_a (t.Case.test_a) ... ok\ntest_b (t.Case) ... FAIL\ntest_c (t.Case.test_c) ... skipped 'why'\nit (is) ... "
       "ok\n",
       {{"unittest: t.Case.test_a", "passed"},
        {"unittest: t.Case.test_b", "failed"},
        {"unittest: t.Case.test_c", "skipped"}}},
      {".F.E\n" + std::string(70, '=') + "\nFAIL: test_b (t.Case.test_b) (i=3)\n" + std::string(70, '-') +
           "\nAssertionError: 1 != 2\n\n" + std::string(70, '=') + "\nERROR: setUpClass (t.Other)\n" +
           std::string(70, '=') + "\nFAIL: no test\nFAIL: test_c (t.Case.test_c)\n",
       {{"unittest: t.Case.test_b", "failed"}, {"unittest: t.Other.setUpClass", "failed"}}},
      {"1..4\nok 1 - adds\nnot ok 2 - divides\nok 3 # SKIP none\nok 3 slow # skip no time\nnot ok 4 - later # TODO\nok "
       "then\nnot ok\n",
       {{"TAP: adds", "passed"}, {"TAP: divides", "failed"}, {"TAP: slow", "skipped"}, {"TAP: later", "passed"}}},
      {dashes + "\na list grows\nfor ever\n  when it is full\n" + dashes + "\na_test.cc:7\n" + dots +
           "\n\na_test.cc:9: FAILED:\n  CHECK( size == 3 )\n\n" + equals + "\ntest cases: 2 | 1 passed | 1 failed\n",
       {{"Catch2: a list grows for ever", "failed"}}},
      {"[  FAILED  ] List.Grows\nPASSED is a word\n" + dashes + "\nno header\n" + dashes + "\n", {}},
  }));
  INFO(text);
  CHECK(Log(text).results() == results);
}

const std::string kUnittestRule = std::string(70, '=') + "\n", kUnittestDashes = std::string(70, '-') + "\n";
const std::string kCatchRule = std::string(79, '-') + "\n";

struct Told {
  std::string text, name, message, not_told;
};

const std::vector<Told> kTold{
    {kUnittestRule + "ERROR: test_sum (calc.Sums.test_sum)\n" + kUnittestDashes +
         "Traceback (most recent call last):\n  File \"calc.py\", line 2, in test_sum\n    a[1]\nIndexError: none\n\n"
         "During handling of the above exception, another exception occurred:\n\n"
         "Traceback (most recent call last):\n  File \"calc.py\", line 5, in test_sum\nAssertionError: Lists differ\n\n"
         "First differing element 0:\n" +
         kUnittestDashes + "Ran 3 tests in 0.1s\n\nFAILED (errors=1)\n",
     "calc.Sums.test_sum", "AssertionError: Lists differ", "Ran 3 tests"},
    {kCatchRule + "sums are right\n" + kCatchRule + "calc_test.cc:4\n" + std::string(79, '.') +
         "\n\ncalc_test.cc:5: FAILED:\n  CHECK( sum(1, 1) == 3 )\nwith expansion:\n  2 == 3\n\n" +
         std::string(79, '=') + "\ntest cases: 1 | 1 failed\n",
     "sums are right", "CHECK( sum(1, 1) == 3 ) with expansion: 2 == 3", "test cases"},
    {"--- FAIL: TestSums (0.00s)\n    calc_test.go:5: got 2\n        want 3\n    --- FAIL: TestSums/one (0.00s)\n"
     "        calc_test.go:7: it broke\nFAIL\n",
     "TestSums", "calc_test.go:5: got 2", "it broke"},
    {"test tests::sums ... FAILED\n\nfailures:\n\n---- tests::sums stdout ----\n\n"
     "thread 'tests::sums' panicked at calc.rs:3:9:\nassertion `left == right` failed\n  left: 2\n right: "
     "3\n\n\nfailures:\n"
     "    tests::sums\n",
     "tests::sums", "thread 'tests::sums' panicked at calc.rs:3:9: assertion `left == right` failed", "failures:"},
    {"test_calc.py::test_sums FAILED                        [100%]\nFAILED test_calc.py::test_sums - assert 2 == 3\n",
     "test_calc.py::test_sums", "assert 2 == 3", ""}};

TEST_CASE("why a test failed is told in its framework's words, and not by the totals", "[said_tests]") {
  for (const Told& told : kTold) {
    INFO(told.text);
    const Log log(told.text);
    const Json said = Json::parse(log.say({"failures", "--format", "json"}))["failures"][0]["output"];
    CHECK(said["failed_tests"][0] == told.name);
    CHECK(said["failed_test_messages"][0] == told.message);
    const bool is_one = said["failed_tests"].size() == 1;
    const std::string shown = (is_one ? "\n        " : "\n        " + told.name + ": ") + told.message + "\n";
    CHECK_THAT(log.say({"summary"}), ContainsSubstring(shown) && !ContainsSubstring("FAILED ("));
    CHECK_THAT(log.say({"failures"}), ContainsSubstring(told.message + "\n"));
    const std::string xml = log.say({"tests", "--format", "junit"});
    CHECK_THAT(xml, !ContainsSubstring("its framework says that it failed"));
    const std::size_t block = xml.find("type=\"check\">");
    const std::string failure = xml.substr(block, xml.find("</failure>") - block);
    if (!told.not_told.empty()) CHECK_THAT(failure, !ContainsSubstring(told.not_told));
    if (told.text.find("calc_test.cc:5") != std::string::npos)
      CHECK_THAT(failure, ContainsSubstring("calc_test.cc:5: FAILED:\n"));
  }
}

TEST_CASE("what two processes write in turn is told of the test of each", "[said_tests]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  LogBuilder log(path);
  const ImageId image = log.image("/src/any", {{0x10, "/src/a_test.cc", {7}, "main"}}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["make","check"])", image);
  for (const std::int32_t pid : {101, 102}) {
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, R"(["./tests"])", image);
  }
  for (const std::string& line : {kUnittestRule, std::string("FAIL: test_%1 (calc.Sums.test_%1)\n"), kUnittestDashes,
                                  std::string("AssertionError: %1 != 3\n"), kUnittestDashes})
    for (const std::int32_t pid : {101, 102}) {
      std::string own = line;
      for (std::size_t at = 0; (at = own.find("%1")) != std::string::npos;) own.replace(at, 2, std::to_string(pid));
      log.wrote(pid, 2, own);
    }
  log.exited(101, 1);
  log.exited(102, 1);
  log.exited(100, 2);
  log.echild();
  log.finish();
  const std::string xml = replay({"tests", path, "--format", "junit"}).output;
  CHECK_THAT(xml, ContainsSubstring("name=\"calc.Sums.test_101\" classname=\"unittest\" time=\"0.000000\">\n"
                                    "<failure message=\"AssertionError: 101 != 3\"") &&
                      ContainsSubstring("name=\"calc.Sums.test_102\" classname=\"unittest\" time=\"0.000000\">\n"
                                        "<failure message=\"AssertionError: 102 != 3\""));
}

TEST_CASE("what automake's test-driver writes is a test, and the same of another program is none", "[said_tests]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  {
    LogBuilder log(path);
    const ImageId image = log.image("/bin/sh", {{0x10, "/src/sh.c", {7}, "main"}}, LogBuilder::Output::seen);
    log.spawned(100);
    log.exec(100, R"(["make","check"])", image);
    for (const int pid : {101, 102}) {
      log.fork(100, pid);
      log.stop(pid);
      log.exec(pid, pid == 101 ? R"(["sh","./build-aux/test-driver","--test-name","a.sh"])" : R"(["sh","./says"])",
               image);
      log.wrote(pid, 1, "FAIL: a.sh\n");
      log.exited(pid, 0);
    }
    log.exited(100, 2);
    log.echild();
    log.finish();
  }
  const Json tests = Json::parse(replay({"tests", path, "--format", "json"}).output)["tests"];
  REQUIRE(tests.size() == 1);
  CHECK((tests[0]["test"] == "a.sh" && tests[0]["runner"] == "automake" && tests[0]["status"] == "failed"));
  CHECK(tests[0]["inside_upid"] == 2);
}

TEST_CASE("a test that ran again failed if it failed once, and who repeats it did not run it", "[said_tests]") {
  const Log log("[ RUN      ] A.B\n[  FAILED  ] A.B (5 ms)\n[ RUN      ] A.B\n[       OK ] A.B (3 ms)\n", 0,
                "[ RUN      ] A.B\n[       OK ] A.B (3 ms)\n");
  CHECK(log.results() == Results{{"googletest: A.B", "failed"}});
}

TEST_CASE("a log without output is asked for no tests inside of processes", "[said_tests]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  {
    LogBuilder log(path);
    log.spawned(100);
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  const Ending ending = replay({"tests", path});
  CHECK(ending.output.empty());
  CHECK_THAT(ending.errors, ContainsSubstring("no process is known to be a test") && ContainsSubstring("--output all"));
}

}  // namespace
}  // namespace recount::test
