// What a failed process said: in failures, in summary, and in the JUnit XML of tests.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/tests/junit_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

// ctest runs two tests. One passes; parser_test logs a place in each line, says on standard output what failed, starts a helper
// that warns, and then writes more than is shown.
void write_suite_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/src/b/any", {{0x10, "/src/parser_test.c", {7}, "main"}}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["ctest"])", image);
  log.wrote(100, 1, "Start 1: lexer_test\n");
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["./lexer_test"])", image);
  log.wrote(101, 1, "lexer is fine\n");
  log.exited(101, 0);
  log.fork(100, 102);
  log.stop(102);
  log.exec(102, R"(["./parser_test"])", image);
  log.wrote(102, 1, "parser_test.c:5: begins\nparser_test.c:6: goes on\n\n");
  log.wrote(102, 1, "[ RUN ]\n../b/./parser_test.c:7: \x1b[31mFailure\x1b[0m\n");
  log.wrote(102, 1, "  expected: 3\n  actual: <4 & 5>\n");
  log.fork(102, 103);
  log.stop(103);
  log.wrote(103, 2, "a warn");
  log.wrote(103, 2, "ing\n");
  log.exited(103, 0);
  for (int i = 1; i <= 30; ++i) log.wrote(102, 1, "later line " + std::to_string(i) + "\n");
  log.exited(102, 1);
  log.wrote(100, 1, "../b/./parser_test.c:7: Failure\nlater line 30\n1/2 failed\n");  // again
  log.exited(100, 8);
  log.echild();
  log.finish();
}

struct Log {
  explicit Log(void (*write)(const std::string&) = write_suite_log) { write(path); }
  std::string text(const std::string& command, const Words& options = {}) const {
    Words words{command, path};
    words.insert(words.end(), options.begin(), options.end());
    const Ending ending = replay(words);
    INFO(ending.errors);
    CHECK(ending.status() == 0);
    return ending.output;
  }
  Json failures() const { return Json::parse(text("failures", {"--format", "json"})).at("failures"); }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

TEST_CASE("a failed test's card has the check that failed, and the last lines, standard error first", "[said]") {
  const std::string text = Log().text("failures");
  CHECK_THAT(text, ContainsSubstring("1. exit code 1: ./parser_test\n") &&
                       ContainsSubstring("   a check failed at /src/parser_test.c:7\n"
                                         "     [ RUN ]\n"
                                         "   > ../b/./parser_test.c:7: Failure\n"
                                         "       expected: 3\n"
                                         "       actual: <4 & 5>\n"
                                         "     later line 1\n") &&
                       ContainsSubstring("   the last lines on standard error:\n     a warning\n"
                                         "   the last lines on standard output:\n     later line 12\n") &&
                       ContainsSubstring("     later line 30\n   more of it: recount-replay output --under 3 "));
  CHECK(text.find("a check failed") < text.find("the last lines on standard error"));
  CHECK_THAT(text, !ContainsSubstring("later line 11\n"));
}

void write_threads_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image(
      "/src/b/any", {{0x10, "/src/parser_test.c", {7}, "parses"}, {0x20, "/src/parser_test.c", {20}, "waits"}},
      LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["./parser_test"])", image);
  log.thread(100, 101, 100);
  log.stop(101);
  log.hit(101, 0x10);
  log.hit(100, 0x20);
  log.wrote(101, 1, "parser_test.c:7: Failure\n");
  log.exited(101, 0);
  log.exited(100, 1);
  log.echild();
  log.finish();
}

TEST_CASE("the last lines are those of the thread whose check failed, though another one reached a line later",
          "[said]") {
  const Json failure = Log(write_threads_log).failures().at(0);
  CHECK(failure.at("output").at("check").at("line") == 7);
  CHECK(failure.at("last_lines_tid") == 101);
}

TEST_CASE("a parent's card leaves out what a failed child tells in its own, also where it repeats it", "[said]") {
  const Json failures = Log().failures();
  const auto of = [&failures](int pid) {
    return std::find_if(failures.begin(), failures.end(), [pid](const Json& f) { return f.at("pid") == pid; });
  };
  const Json ctest = of(100)->at("output"), parser = of(102)->at("output");
  REQUIRE(ctest.at("stdout").size() == 3);
  CHECK(ctest.at("stdout")[1].at("text") == "lexer is fine");
  CHECK(ctest.at("stdout")[1].at("pid") == 101);
  CHECK(ctest.at("check").is_null());
  CHECK(ctest.at("has_more") == false);
  CHECK(parser.at("stderr").size() == 1);
  CHECK(parser.at("stderr")[0].at("pid") == 103);
  CHECK(parser.at("stdout").size() == 19);
  CHECK(parser.at("has_more") == true);
  const Json& check = parser.at("check");
  CHECK(check.at("file") == "/src/parser_test.c");
  CHECK(check.at("line") == 7);
  CHECK(check.at("around")[check.at("at").get<std::size_t>()].at("text") == "../b/./parser_test.c:7: Failure");
  CHECK_THAT(of(102)->at("signature").get<std::string>(), ContainsSubstring("check at parser_test.c:7"));
}

TEST_CASE("summary shows the first failure's check", "[said]") {
  const Log log;
  CHECK_THAT(log.text("summary"), ContainsSubstring("      a check failed at /src/parser_test.c:7\n"
                                                    "        ../b/./parser_test.c:7: Failure\n"
                                                    "          expected: 3\n") &&
                                      ContainsSubstring("recount-replay failures --all"));
  const Json json = Json::parse(log.text("summary", {"--format", "json"}));
  CHECK(json.at("first_failure_output") == log.failures()[0].at("output"));
}

void write_sanitizer_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/src/b/any", {{0x10, "/src/parser.c", {7, 9}, "main"}}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["./parser"])", image);
  log.wrote(100, 2, "parser.c:9: warning: slow\n=====\n==7==ERROR: AddressSanitizer: heap-use-after-free on 0x1\n");
  log.wrote(100, 2, "WRITE of size 8\n    #0 memcpy (libasan.so+1)\n    #1 copy /usr/include/string.h:4\n");
  log.wrote(100, 2, "    #2 main /src/parser.c:7:3\n\nfreed by\n    #1 free /src/parser.c:9\n");
  log.wrote(100, 2, "SUMMARY: AddressSanitizer: heap-use-after-free\n");
  for (int i = 1; i <= 30; ++i) log.wrote(100, 2, "shadow " + std::to_string(i) + "\n");
  log.exited(100, 1);
  log.echild();
  log.finish();
}

TEST_CASE("a sanitizer's report is told by its first line and the first place of ours", "[said]") {
  const Log log(write_sanitizer_log);
  CHECK_THAT(log.text("failures"), ContainsSubstring("   a check failed at /src/parser.c:7\n"
                                                     "     ==7==ERROR: AddressSanitizer: heap-use-after-free on 0x1\n"
                                                     "     WRITE of size 8\n") &&
                                       ContainsSubstring("   >     #2 main /src/parser.c:7:3\n"));
  CHECK_THAT(log.text("summary"), ContainsSubstring("==7==ERROR: AddressSanitizer: heap-use-after-free on 0x1\n") &&
                                      ContainsSubstring("#2 main /src/parser.c:7:3\n") && !ContainsSubstring("WRITE"));
}

TEST_CASE("markdown has the output in blocks of code", "[said]") {
  CHECK_THAT(Log().text("failures", {"--format", "markdown"}),
             ContainsSubstring("       > ../b/./parser_test.c:7: Failure\n"));
}

// sh ends as grep did, but says why; sh's other child is silent.
void write_shell_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/any", {}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["sh","-c","grep -q x y || exit 1"])", image);
  log.wrote(100, 2, "+ grep -q x y\n");
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["grep","-q","x","y"])", image);
  log.exited(101, 1);
  log.wrote(100, 2, "y has no x\n");
  log.exited(100, 1);
  log.echild();
  log.finish();
}

TEST_CASE("who ends as a child had says why in its own words", "[said]") {
  const std::string text = Log(write_shell_log).text("failures");
  CHECK_THAT(text, ContainsSubstring("pid 100 ended as pid 101 had (exit code 1): grep -q x y\n"
                                     "   since then it wrote on standard error:\n     y has no x\n") &&
                       !ContainsSubstring("+ grep"));
}

// Three processes under one that fails; the log lacks a part of what one of them wrote.
void write_mixed_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/any", {}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["all"])", image);
  for (int pid : {101, 102}) {
    log.fork(100, pid);
    log.stop(pid);
  }
  log.wrote(101, 1, "one ");
  log.wrote(102, 1, "two\n");
  log.wrote(101, 1, "half\n");
  log.wrote(101, 1, "", 500);
  log.wrote(101, 1, "10%\r20%\r30%\r\n");
  log.exited(101, 0);
  log.exited(102, 0);
  log.exited(100, 1);
  log.echild();
  log.finish();
}

TEST_CASE("lines of several processes stay whole, and each is somebody's", "[said]") {
  CHECK_THAT(Log(write_mixed_log).text("failures"),
             ContainsSubstring(
                 "     [102] two\n     [101] one half\n     [101] ... 500 bytes left out ...\n     [101] 30%\n"));
}

TEST_CASE("of a failure that said nothing, nothing is shown", "[said]") {
  const Log silent([](const std::string& path) {
    LogBuilder log(path);
    log.spawned(100);
    log.exec(100, R"(["a"])", log.image("/bin/any", {}, LogBuilder::Output::seen));
    log.exited(100, 1);
    log.finish();
  });
  CHECK_THAT(silent.text("failures"), !ContainsSubstring("standard"));
  CHECK(silent.failures()[0].at("output").is_null());
}

// --- JUnit -----------------------------------------------------------------------------------------------------------

TEST_CASE("JUnit XML has results, the message, and what each test wrote", "[said][junit]") {
  const Log log;
  const std::string xml = log.text("tests", {"--format", "junit"});
  std::istringstream stream(xml);
  const auto cases = read_junit(stream, "out.xml");
  REQUIRE(cases.size() == 2);
  CHECK((cases[0].name == "parser_test" && cases[0].result == JunitCase::Result::fail));
  CHECK((cases[1].name == "lexer_test" && cases[1].result == JunitCase::Result::run));
  CHECK(cases[0].time_ns.value_or(0) > 0);
  CHECK_THAT(
      xml, ContainsSubstring("<testsuite name=\"ctest\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"") &&
               ContainsSubstring(" file=\"/src/parser_test.c\" line=\"7\">") &&
               ContainsSubstring("<failure message=\"exit code 1: ../b/./parser_test.c:7: Failure\" type=\"check\">") &&
               ContainsSubstring("  actual: &lt;4 &amp; 5&gt;\n") &&
               ContainsSubstring("<system-err>a warning\n</system-err>") &&
               ContainsSubstring("<system-out>lexer is fine\n</system-out>") && ContainsSubstring("later line 30\n"));
}

TEST_CASE("JUnit XML takes the results of a runner's file, and tests that only it has", "[said][junit]") {
  const Log log;
  std::ofstream(log.folder.file("junit.xml"))
      << R"(<testsuite><testcase name="parser_test" time="7" status="run"/><testcase name="other" status="notrun"/></testsuite>)";
  const std::string xml = log.text("tests", {"--format", "junit", "--junit", log.folder.file("junit.xml")});
  std::istringstream stream(xml);
  const auto cases = read_junit(stream, "out.xml");
  REQUIRE(cases.size() == 3);
  const auto of = [&cases](const std::string& name) {
    return *std::find_if(cases.begin(), cases.end(), [&name](const JunitCase& one) { return one.name == name; });
  };
  CHECK((of("parser_test").result == JunitCase::Result::run && of("parser_test").time_ns == 7'000'000'000));
  CHECK(of("other").result == JunitCase::Result::notrun);
  CHECK_THAT(xml, ContainsSubstring("skipped=\"1\""));
}

// ctest kills a test that takes too long, says so, and goes on.
void write_timeout_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/src/b/any", {{0x10, "/src/a.c", {7}, "main"}}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["ctest"])", image);
  for (const int pid : {103, 101, 102}) {
    log.advance(1000);
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, pid == 101 ? R"(["./hang"])" : R"(["./oom"])", image);
    log.killed(pid, 9);
    log.wrote(100, 1,
              pid == 101 ? "2/3 Test #1: hang ......***Timeout   2.01 sec\n"
                         : "3/3 Test #2: oom ......***Exception: Killed\n");
  }
  log.exited(100, 8);
  log.echild();
  log.finish();
}

TEST_CASE("what SIGKILL ended has the words of the runner that timed it out, and no others", "[failures][output]") {
  const Log log(write_timeout_log);
  const std::string text = log.text("failures");
  CHECK_THAT(text, ContainsSubstring("pid 100 (ctest) wrote then: 2/3 Test #1: hang ......***Timeout   2.01 sec\n"));
  CHECK_THAT(text, ContainsSubstring(": ./oom\n   a log cannot tell who sends SIGKILL"));
}

}  // namespace
}  // namespace recount::test
