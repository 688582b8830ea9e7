// The command tests: what the tests of a run cost, and which of them a patch may break.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/coverage/patch.hpp"
#include "replay/log/errors.hpp"
#include "replay/tests/junit_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::uint32_t>;
using Json = nlohmann::json;

std::vector<PatchFile> files_of(const std::string& patch) {
  std::istringstream stream(patch);
  return read_patch(stream, "the.patch");
}

PatchFile file_of(const std::string& hunks) {
  const auto files = files_of("--- a/a.c\n+++ b/a.c\n" + hunks);
  REQUIRE(files.size() == 1);
  return files[0];
}

TEST_CASE("the lines of the old side are those that go, and what is around lines that only come") {
  const PatchFile replaced = file_of("@@ -3,4 +3,4 @@\n three\n-four\n+vier\n five\n six\n");
  CHECK((replaced.removed == Lines{4} && replaced.added == Lines{4} && replaced.gaps.empty()));
  const PatchFile more = file_of("@@ -3,2 +3,4 @@\n three\n+a\n+b\n four\n@@ -9,2 +11,1 @@\n-nine\n ten\n");
  CHECK((more.removed == Lines{9} && more.added == Lines{4, 5} && more.gaps == Lines{3}));
  CHECK(file_of("@@ -7,0 +8 @@\n+x\n").gaps == Lines{7});
  CHECK(file_of("@@ -0,0 +1 @@\n+x\n").gaps == Lines{0});
  CHECK(file_of("@@ -7 +7,2 @@\n seven\n+x\n@@ -20,0 +22 @@\n+x\n").gaps == Lines{7, 20});
  CHECK(file_of("@@ -1,2 +1,2 @@\n+x\n-a\n b\n").gaps.empty());
}

TEST_CASE("a patch names new, deleted, renamed and binary files by both sides") {
  const auto files = files_of(
      "diff --git a/new.c b/new.c\nnew file mode 100644\n--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 "
      "@@\n+one\n"
      "diff --git a/old.c b/old.c\n--- a/old.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n"
      "diff --git a/x.c b/y.c\n--- a/x.c\n+++ b/y.c\n@@ -5 +5 @@\n-five\n+six\n"
      "diff --git a/x y.png b/x y.png\nBinary files a/x y.png and b/x y.png differ\n");
  REQUIRE(files.size() == 4);
  CHECK((files[0].old_name.empty() && files[0].new_name == "new.c"));
  CHECK((files[1].old_name == "old.c" && files[1].new_name.empty() && files[1].removed == Lines{1, 2}));
  CHECK((files[2].old_name == "x.c" && files[2].new_name == "y.c" && files[2].gaps.empty()));
  CHECK((files[3].old_name == "x y.png" && files[3].removed.empty()));
}

// a.c: f is 10 to 14, where 11 and 13 begin no statement; g is 20, 21; h is 30. S.One runs f, S.Two
// f up to 12 and g; nobody h.
struct Sample {
  Sample() {
    make();
    tamper(log, "UPDATE trace_run SET source_roots = '[\"" + root + "\"]'");
  }

  void make() const {
    LogBuilder builder(log);
    const ImageId image = builder.image("/bin/t", {{0x10, file, {10}, "f", 10},
                                                   {0x20, file, {12}, "f", 10},
                                                   {0x30, file, {14}, "f", 10},
                                                   {0x40, file, {20}, "g", 20},
                                                   {0x50, file, {21}, "g", 20},
                                                   {0x60, file, {30}, "h", 30}});
    builder.spawned(100);
    builder.exec(100, R"(["run"])");
    test(builder, image, 101, "S.One", {0x10, 0x20, 0x30}, 0);
    test(builder, image, 102, "S.Two", {0x10, 0x20, 0x40, 0x50}, 1);
    builder.exited(100, 0);
    builder.echild();
    builder.finish();
  }

  static void test(LogBuilder& builder, ImageId image, int pid, const std::string& name,
                   const std::vector<std::uint64_t>& hits, int code) {
    builder.fork(100, pid);
    builder.stop(pid);
    builder.advance(2'000'000);
    builder.exec(pid, R"(["t","--gtest_filter=)" + name + "\"]", image);
    for (const std::uint64_t address : hits) builder.hit(pid, address);
    builder.exited(pid, code);
  }

  Ending tests(std::vector<std::string> options, const std::string& patch = "") const {
    options.insert(options.begin(), {RECOUNT_REPLAY, "tests", log});
    const Ending ending = run({.arguments = options, .input = patch});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    return ending;
  }

  std::string list(const std::string& hunks) const {
    return tests({"--format", "list", "--changed", "-"}, "--- a/src/a.c\n+++ b/src/a.c\n" + hunks).output;
  }

  TemporaryFolder folder;
  std::string root = folder.file("root"), file = root + "/src/a.c", log = folder.file("log");
};

TEST_CASE("without a patch all tests are listed, what failed first") {
  const Sample sample;
  const std::string text = sample.tests({}).output;
  CHECK_THAT(text, ContainsSubstring("status") && ContainsSubstring("failed") && ContainsSubstring("passed") &&
                       ContainsSubstring("S.One  (googletest)"));
  CHECK(text.find("S.Two") < text.find("S.One"));
  CHECK_THAT(text, !ContainsSubstring("changed"));
  CHECK(sample.tests({"--format", "list"}).output == "S.Two\nS.One\n");
  CHECK(sample.tests({"--format", "regex"}).output == "^(S\\.Two|S\\.One)$\n");
  const Json json = Json::parse(sample.tests({"--format", "json"}).output);
  CHECK((json["tests"][0]["status"] == "failed" && json["tests"][1]["runner"] == "googletest"));
  CHECK(json["tests"][1]["duration_ns"].get<std::int64_t>() >= 2'000'000);
  CHECK(!json.contains("no_test_known"));
}

TEST_CASE("a patch chooses the tests that ran a line which it changes, by the numbers before it") {
  const Sample sample;
  CHECK(sample.list("@@ -14 +14 @@\n-a\n+b\n") == "S.One\n");
  CHECK(sample.list("@@ -20,2 +20,0 @@\n-a\n-b\n") == "S.Two\n");
  // Lines that only come: 12 is above, 14 below.
  CHECK(sample.list("@@ -12,0 +13,7 @@\n+1\n+2\n+3\n+4\n+5\n+6\n+7\n") == "S.One\nS.Two\n");
  // The numbers behind an addition are still the old ones: 21, not 28.
  CHECK(sample.list("@@ -1,0 +2,7 @@\n+1\n+2\n+3\n+4\n+5\n+6\n+7\n@@ -21 +28 @@\n-a\n+b\n") == "S.Two\nS.One\n");
  // No statement begins on line 13.
  CHECK(sample.list("@@ -13 +13 @@\n-a\n+b\n") == "S.Two\nS.One\n");
  CHECK(sample.list("@@ -30 +30 @@\n-a\n+b\n").empty());
}

TEST_CASE("what no test reaches is said: lines, lines before all code, unknown and new files") {
  const Sample sample;
  const std::string patch =
      "--- a/src/a.c\n+++ b/src/a.c\n@@ -2 +2 @@\n-x\n+y\n@@ -14 +14 @@\n-a\n+b\n@@ -30 +30 "
      "@@\n-a\n+b\n"
      "diff --git a/src/data b/src/data\nBinary files a/src/data and b/src/data differ\n"
      "--- /dev/null\n+++ b/src/new\x1b.c\n@@ -0,0 +1 @@\n+x\n";
  const Json json = Json::parse(sample.tests({"--format", "json", "--changed", "-"}, patch).output);
  REQUIRE(json["tests"].size() == 1);
  CHECK((json["tests"][0]["test"] == "S.One" && json["tests"][0]["changed_lines"] == 1));
  const Json& unknown = json["no_test_known"];
  CHECK(unknown["lines"] == Json::array({{{"file", sample.file}, {"lines", {30}}}}));
  CHECK(unknown["lines_without_code"] == Json::array({{{"file", sample.file}, {"lines", {2}}}}));
  CHECK((unknown["files"] == Json{"src/data"} && unknown["new_files"] == Json{"src/new\x1b.c"}));
  const std::string text = sample.tests({"--changed", "-"}, patch).output;
  CHECK_THAT(text, ContainsSubstring("changed, and no test ran it\n  " + sample.file + ": 30\n") &&
                       ContainsSubstring(": 2\n") && ContainsSubstring("  src/data\n") &&
                       ContainsSubstring("  src/new\\x1b.c\n"));
  const Ending list = sample.tests({"--format", "list", "--changed", "-"}, patch);
  CHECK(list.output == "S.One\n");
  CHECK_THAT(list.errors, ContainsSubstring("no test is known for 2 changed lines and 2 changed files"));
}

TEST_CASE("a patch that no test reaches gives an expression that fits no test") {
  const Sample sample;
  CHECK(sample.tests({"--format", "regex", "--changed", "-"}, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n").output ==
        "^$\n");
}

TEST_CASE("sources that lie elsewhere now are found with --map and --root") {
  const Sample sample;
  const std::string patch = "--- a/here/a.c\n+++ b/here/a.c\n@@ -14 +14 @@\n-a\n+b\n";
  CHECK(sample.tests({"--format", "list", "--changed", "-", "--map", sample.root + "/src=/x/here"}, patch)
            .output.empty());
  CHECK(
      sample.tests({"--format", "list", "--changed", "-", "--map", sample.root + "/src=/x/here", "--root", "/x"}, patch)
          .output == "S.One\n");
}

// --- JUnit files

std::string junit(const std::string& cases) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"(empty)\" tests=\"5\">\n" + cases +
         "</testsuite>\n";
}

std::vector<JunitCase> cases_of(const std::string& xml) {
  std::istringstream stream(xml);
  return read_junit(stream, "the.xml");
}

std::string refusal_of(const std::string& xml) {
  try {
    cases_of(xml);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

TEST_CASE("results are read as ctest writes them, and as others do") {
  const auto cases =
      cases_of(junit("<testcase name=\"a &amp; &lt;b&gt;\" classname=\"a\" time=\"0.25\" "
                     "status=\"run\"><system-out>x</system-out></testcase>"
                     "<testcase name=\"b\" time=\"nan\" status=\"fail\"><failure message=\"\"/></testcase>"
                     "<testcase name=\"c\" status=\"notrun\"><skipped message=\"\"/></testcase>"
                     "<testcase name=\"d\" status=\"disabled\"><skipped/></testcase>"
                     "<testcase name=\"e\" classname=\"S\" time=\"1\"><x><failure/></x></testcase>"
                     "<testcase name=\"f\" classname=\"S\"><error/></testcase><testcase "
                     "name=\"g\"><skipped/></testcase>"));
  REQUIRE(cases.size() == 7);
  using enum JunitCase::Result;
  CHECK((cases[0].name == "a & <b>" && cases[0].time_ns == 250'000'000 && cases[0].result == run));
  CHECK((cases[1].result == fail && !cases[1].time_ns));
  CHECK((cases[2].result == notrun && cases[3].result == disabled));
  CHECK((cases[4].result == run && cases[4].classname == "S"));
  CHECK((cases[5].result == fail && cases[6].result == notrun));
}

TEST_CASE("a JUnit file that does what such a file need not do is refused") {
  CHECK_THAT(refusal_of("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><testsuite name=\"&b;\"/>"),
             ContainsSubstring("the.xml") && ContainsSubstring("document type"));
  CHECK_THAT(refusal_of(junit("<testcase name=\"&a;\"/>")), ContainsSubstring("no XML that can be read"));
  CHECK_THAT(refusal_of(junit("<testcase name=\"" + std::string(5000, 'x') + "\"/>")), ContainsSubstring("4,096"));
  CHECK_THAT(refusal_of(junit("<testcase name=\"" + std::string(3 << 20, 'x') + "\"/>")), ContainsSubstring("1 MiB"));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK_THAT(refusal_of(junit(deep)), ContainsSubstring("deeper"));
  CHECK_THAT(refusal_of("<html/>"), ContainsSubstring("ctest --output-junit"));
  CHECK_THAT(refusal_of(""), ContainsSubstring("no XML that can be read"));
  CHECK_THAT(refusal_of("<testsuite><testcase name=\"a\"/>"), ContainsSubstring("line 1"));
  CHECK(cases_of(junit("<testcase name=\"a\"><system-out>" + std::string(3 << 20, 'x') + "</system-out></testcase>"))
            .size() == 1);
}

TEST_CASE("--junit says what the runner found, and which tests have no process") {
  const Sample sample;
  const std::string file = sample.folder.file("junit.xml");
  std::ofstream(file) << junit(
      "<testcase name=\"One\" classname=\"S\" time=\"0.5\" status=\"fail\"><failure/></testcase>"
      "<testcase name=\"S.Two\" classname=\"S.Two\" time=\"0.25\" status=\"run\"/>"
      "<testcase name=\"gone\" classname=\"gone\" status=\"notrun\"/>");
  const std::string text = sample.tests({"--junit", file}).output;
  CHECK_THAT(text, ContainsSubstring("fail (500 ms)") && ContainsSubstring("run (250 ms)") &&
                       ContainsSubstring("results without a process in the log\n  notrun            gone"));
  CHECK(text.find("S.One") < text.find("S.Two"));
  const Json json = Json::parse(sample.tests({"--junit", file, "--format", "json"}).output);
  CHECK((json["tests"][0]["result"] == "fail" && json["tests"][0]["result_ns"] == 500'000'000));
  CHECK((json["tests"][0]["status"] == "passed" && json["tests"][1]["result"] == "run"));
  CHECK(json["results_without_process"].size() == 1);
  CHECK(json["results_without_process"][0]["result"] == "notrun");
  CHECK(run({.arguments = {RECOUNT_REPLAY, "tests", sample.log, "--junit", sample.folder.file("none")}}).status() == 2);
}

// ctest runs /b/t: once by itself, once through a script that starts it, once through env, which becomes it, once with an argument.
struct Wrapped {
  explicit Wrapped(const std::string& commands = kAll) {
    {
      LogBuilder builder(log);
      const ImageId image = builder.image("/b/t", {{0x10, "/src/t.c", {3}, "main", 2}});
      builder.spawned(100);
      builder.exec(100, R"(["ctest"])");
      start(builder, 101, R"(["/bin/sh","/s/wrap.sh","/b/t"])");
      builder.fork(101, 102);
      builder.stop(102);
      end(builder, 102, R"(["/b/t"])", image);
      builder.exited(101, 0);
      start(builder, 103, R"(["/b/t"])", image);
      builder.exited(103, 0);
      start(builder, 104, R"(["env","X=1","/b/t"])");
      end(builder, 104, R"(["/b/t"])", image);
      start(builder, 105, R"(["/b/t","a b"])", image);
      builder.exited(105, 1);
      builder.exited(100, 0);
      builder.echild();
      builder.finish();
    }
    if (!commands.empty()) tamper(log, "INSERT INTO trace_test_command VALUES " + commands);
  }
  static void start(LogBuilder& builder, int pid, const std::string& argv, ImageId image = {}) {
    builder.fork(100, pid);
    builder.stop(pid);
    builder.exec(pid, argv, image);
  }
  static void end(LogBuilder& builder, int pid, const std::string& argv, ImageId image) {
    builder.exec(pid, argv, image);
    builder.hit(pid, 0x10);
    builder.exited(pid, 0);
  }
  Ending ask(std::vector<std::string> options) const {
    options.insert(options.begin() + 1, {log});
    options.insert(options.begin(), {RECOUNT_REPLAY});
    return run({.arguments = options});
  }
  static constexpr const char* kAll =
      R"(('plain','["/b/t"]'), ('wrapped','["/s/wrap.sh","/b/t"]'), ('by env','["env","X=1","/b/t"]'))";
  TemporaryFolder folder;
  std::string log = folder.file("log");
};

TEST_CASE("of command lines that are the end of each other, the longest that fits names the test") {
  const Wrapped sample;
  CHECK(
      sample
          .ask(
              {"query", "--format", "csv",
               "SELECT test, COUNT(*) AS n, MIN(pid) AS pid FROM test_process JOIN process USING (upid) GROUP BY test"})
          .output == "test,n,pid\nby env,1,104\nplain,1,103\nt a b,1,105\nwrapped,1,101\n");
  CHECK(sample.ask({"query", "--format", "csv", "SELECT test FROM test_line ORDER BY test"}).output ==
        "test\nby env\nwrapped\n");
}

TEST_CASE("coverage --test takes the same processes for a test as tests does") {
  const Wrapped sample;
  for (const auto& [name, hit] : {std::pair{"plain", 0}, {"wrapped", 1}, {"by env", 1}}) {
    const Json json = Json::parse(sample.ask({"coverage", "--test", name, "--format", "json"}).output);
    INFO(name);
    CHECK(json["totals"]["lines_hit"] == hit);
  }
}

TEST_CASE("a name that no test has is looked for in command lines, and a name comes first") {
  const Wrapped sample(R"(('env','["/b/t"]'))");
  CHECK(Json::parse(sample.ask({"coverage", "--test", "env", "--format", "json"}).output)["totals"]["lines_hit"] == 1);
  CHECK(Json::parse(sample.ask({"coverage", "--test", "X=1", "--format", "json"}).output)["totals"]["lines_hit"] == 1);
  CHECK(Json::parse(sample.ask({"coverage", "--test", "a b", "--format", "json"}).output)["totals"]["lines_hit"] == 0);
}

TEST_CASE("what ctest runs goes by its command line where nothing names it") {
  const Wrapped sample("");
  CHECK(sample.ask({"tests", "--format", "list"}).output == "t a b\nsh /s/wrap.sh /b/t\nenv X=1 /b/t\nt\n");
}

TEST_CASE("a command line is no name that keeps others from being found by a part of theirs") {
  const Wrapped sample("");  // 103 is all of t, and reaches no line; 104 becomes it
  CHECK(Json::parse(sample.ask({"coverage", "--test", "t", "--format", "json"}).output)["totals"]["lines_hit"] == 1);
}

TEST_CASE("tests without a command in a list of ctest's are told") {
  const Wrapped sample("");
  const std::string list = sample.folder.file("list.json");
  std::ofstream(list)
      << R"({"kind":"ctestInfo","tests":[{"name":"a"},{"name":"b","command":[]},{"name":"plain","command":["/b/t"]}]})";
  const Ending ending = sample.ask({"tests", "--ctest", list, "--format", "list"});
  CHECK_THAT(ending.output, ContainsSubstring("plain\n"));
  CHECK_THAT(ending.errors, ContainsSubstring("list.json: warning: 2 of 3 tests have no command in the list"));
}

TEST_CASE("a log without tests says what would name them") {
  const TemporaryFolder folder;
  {
    LogBuilder log(folder.file("log"));
    log.spawned(100);
    log.exec(100, R"(["true"])");
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  const Ending ending = run({.arguments = {RECOUNT_REPLAY, "tests", folder.file("log")}});
  CHECK(ending.status() == 0);
  CHECK_THAT(ending.errors, ContainsSubstring("--ctest LIST"));
}

}  // namespace
}  // namespace recount::test
