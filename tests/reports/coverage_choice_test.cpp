// What of the coverage is reported, and what is asked of it: --changed, --strip, --root, and the
// thresholds of --fail-under.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "replay/coverage/changed_lines.hpp"
#include "replay/log/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/coverage_sample.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Files = std::map<std::string, ChangedLines::Lines>;

Files changed(const std::string& patch, std::optional<std::uint32_t> strip = std::nullopt) {
  std::istringstream stream(patch);
  return ChangedLines(read_patch(stream, "the.patch", strip)).files();
}

std::string complaint_about(const std::string& patch) {
  try {
    changed(patch);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

// --- patches

TEST_CASE("the lines of a patch are those that it adds, by their new numbers") {
  CHECK(changed("diff --git a/src/a.c b/src/a.c\nindex 1..2 100644\n--- a/src/a.c\n+++ b/src/a.c\n"
                "@@ -1,4 +1,5 @@ int f()\n one\n-two\n+zwei\n+drei\n four\n five\n"
                "@@ -20 +21 @@\n-x\n+y\n\\ No newline at end of file\n") == Files{{"src/a.c", {2, 3, 21}}});
}

TEST_CASE("what looks like a head inside a hunk is a line of it") {
  CHECK(changed("--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,3 @@\n--- a comment that goes\n"
                "+++ a line that comes\n+@@ -1 +1 @@\n two\n") == Files{{"q.sql", {1, 2}}});
}

TEST_CASE("new, deleted, renamed and binary files") {
  CHECK(changed("commit 1234\n    --- in a message\n\n"
                "diff --git a/new.c b/new.c\nnew file mode 100644\n--- /dev/null\n+++ b/new.c\n"
                "@@ -0,0 +1,2 @@\n+one\n+two\n"
                "diff --git a/old.c b/old.c\ndeleted file mode 100644\n--- a/old.c\n+++ /dev/null\n"
                "@@ -1 +0,0 @@\n-one\n"
                "diff --git a/from.c b/to.c\nsimilarity index 100%\nrename from from.c\nrename to to.c\n"
                "diff --git a/before.c b/after.c\nsimilarity index 90%\nrename from before.c\n"
                "rename to after.c\n--- a/before.c\n+++ b/after.c\n@@ -5,0 +6 @@\n+six\n"
                "diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n") ==
        Files{{"after.c", {6}}, {"new.c", {1, 2}}});
}

TEST_CASE("names in quotes, with blanks, with a time behind a tab") {
  CHECK(changed("--- \"a/\\303\\244 \\\"q\\\"\\t\\\\.c\"\n+++ \"b/\\303\\244 \\\"q\\\"\\t\\\\.c\"\n"
                "@@ -0,0 +1 @@\n+x\n") == Files{{"\xc3\xa4 \"q\"\t\\.c", {1}}});
  CHECK(changed("--- a/a b.c\t\n+++ b/a b.c\t\n@@ -0,0 +1 @@\n+x\n") == Files{{"a b.c", {1}}});
  CHECK(changed("--- old/a.c\t2024-01-01 00:00:00\n+++ new/a.c\t2024-01-02 00:00:00\n"
                "@@ -0,0 +1 @@\n+x\n") == Files{{"new/a.c", {1}}});
}

TEST_CASE("folders are stripped as --strip says, or as the prefixes of git ask") {
  const auto patch = [](const std::string& before, const std::string& after) {
    return "--- " + before + "\n+++ " + after + "\n@@ -0,0 +1 @@\n+x\n";
  };
  CHECK(changed(patch("i/src/a.c", "w/src/a.c")) == Files{{"src/a.c", {1}}});
  CHECK(changed(patch("a/a.c", "a/a.c")) == Files{{"a/a.c", {1}}});  // diff.noprefix
  CHECK(changed(patch("src/a.c", "src/a.c")) == Files{{"src/a.c", {1}}});
  CHECK(changed(patch("a/src/a.c", "b/src/a.c"), 0) == Files{{"b/src/a.c", {1}}});
  CHECK(changed(patch("x/y//src/a.c", "x/y//src/a.c"), 2) == Files{{"src/a.c", {1}}});
  CHECK(changed(patch("/x/src/a.c", "/x/src/a.c"), 2) == Files{{"src/a.c", {1}}});
}

TEST_CASE("line ends of another system, and blanks that a mailer cut") {
  CHECK(changed("--- a/a.c\r\n+++ b/a.c\r\n@@ -1,2 +1,3 @@\r\n\r\n+x\r\n y\r\n") == Files{{"a.c", {2}}});
  CHECK(changed("--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,3 @@\n\n+x\n y\n") == Files{{"a.c", {2}}});
}

TEST_CASE("what is no patch is refused with the line and what to do") {
  CHECK_THAT(complaint_about("int main() {}\n"), ContainsSubstring("the.patch: line 1: is no unified diff"));
  CHECK_THAT(complaint_about("diff --cc a.c\n--- a/a.c\n+++ b/a.c\n@@@ -1,1 -1,1 +1,1 @@@\n++x\n"),
             ContainsSubstring("line 4: is the combined diff of a merge"));
  CHECK_THAT(complaint_about("--- a/a.c\n+++ b/a.c\n@@ -1 +1\n"), ContainsSubstring("line 3: is no head"));
  CHECK_THAT(complaint_about("--- a/a.c\n+++ b/a.c\n@@ -1 +1,2 @@\n-x\n+y\n"),
             ContainsSubstring("line 5: ends in the middle of a hunk"));
  CHECK_THAT(complaint_about("--- a/a.c\n+++ b/a.c\n@@ -1 +1,2 @@\n-x\n-z\n+y\n"),
             ContainsSubstring("line 5: is one line more than"));
  CHECK_THAT(complaint_about("--- a/a.c\n+++ b/a.c\n@@ -1 +1,2 @@\n*x\n"),
             ContainsSubstring("line 4: is no line of a hunk"));
  CHECK(changed("").empty());
  CHECK(changed("\n  \n").empty());
}

// --- reports

// a.c: 2 of 4 lines, 1 of 2 functions; b.c: 3 of 3 and 1 of 1. Together 71.4 % and 66.6 %.
struct Sample {
  Sample() {
    const SampleFile a{root + "/src/a.c",
                       {{"f", "", 1, {{1, true}, {2, true}}}, {"g", "", 4, {{4, false}, {5, false}}}}};
    const SampleFile b{root + "/src/lib/b.c", {{"h", "", 1, {{1, true}, {2, true}, {3, true}}}}};
    write_coverage_log(log, root, {a, b});
  }
  Ending coverage(std::vector<std::string> options, const std::string& input = "") const {
    options.insert(options.begin(), {RECOUNT_REPLAY, "coverage", log});
    return run({.arguments = options, .input = input});
  }

  TemporaryFolder folder;
  std::string root = folder.file("root"), log = folder.file("log");
  std::string patch =  // a.c: lines 2 and 4
      "--- a/src/a.c\n+++ b/src/a.c\n@@ -1,0 +2 @@\n+x\n@@ -2,0 +4 @@\n+y\n";
};

std::string codecov(const std::string& files) { return "{\"coverage\":{\n" + files + "}}\n"; }

TEST_CASE("--changed narrows every format to the lines of the patch") {
  const Sample sample;
  const Ending text = sample.coverage({"--changed", "-"}, sample.patch);
  CHECK(text.errors == "");
  CHECK(text.output == "  50.0 %          1/2  " + sample.root +
                           "/src/a.c\n                       not run: 4\n"
                           "  50.0 %          1/2  of the lines of 1 file\n"
                           "  50.0 %          1/2  of the functions\n");
  std::ofstream(sample.folder.file("patch")) << sample.patch;
  CHECK(sample.coverage({"--changed", sample.folder.file("patch"), "--format", "codecov"}).output ==
        codecov("\"src/a.c\":{\"2\":1,\"4\":0}"));
  CHECK_THAT(sample.coverage({"--changed", "-", "--format", "lcov"}, sample.patch).output,
             ContainsSubstring("FNF:2\nFNH:1\nDA:2,1\nDA:4,0\nLF:2\nLH:1\n"));
}

TEST_CASE("a patch that was made above or below the source root is found") {
  const Sample sample;
  const std::vector<std::string> options{"--changed", "-", "--format", "codecov"};
  const auto below = [&](const std::string& folder, const std::string& patch) {
    std::vector<std::string> all = options;
    if (!folder.empty()) all.insert(all.end(), {"--root", sample.root + folder});
    return sample.coverage(all, patch).output;
  };
  CHECK(below("/src/lib", sample.patch) == codecov("\"" + sample.root + "/src/a.c\":{\"2\":1,\"4\":0}"));
  const std::string lib = "--- lib/b.c\n+++ lib/b.c\n@@ -0,0 +3 @@\n+x\n";
  CHECK(below("/src", lib) == codecov("\"lib/b.c\":{\"3\":1}"));
  const std::string absolute = "--- x\n+++ " + sample.root + "/src/a.c\n@@ -0,0 +1 @@\n+x\n";
  CHECK(below("", absolute) == codecov("\"src/a.c\":{\"1\":1}"));
}

TEST_CASE("a patch without a line of code is no failure, one of other folders is said") {
  const Sample sample;
  const Ending empty = sample.coverage({"--changed", "-", "--fail-under", "100"}, "");
  CHECK(empty.status() == 0);
  CHECK(empty.errors == "recount-replay: no changed line has a probe\n");
  const Ending other =
      sample.coverage({"--changed", "-", "--fail-under", "100"}, "--- a/x.c\n+++ b/x.c\n@@ -0,0 +1 @@\n+x\n");
  CHECK(other.status() == 0);
  CHECK_THAT(other.errors, ContainsSubstring("no file of the patch is in the report; its names are looked for below " +
                                             sample.root + ", see --root and --strip"));
}

TEST_CASE("a patch that cannot be read is an error before any report") {
  const Sample sample;
  for (const std::string& path : {sample.root + "/missing", std::string("/")}) {
    const Ending ending = sample.coverage({"--changed", path});
    CHECK(ending.status() == 2);
    CHECK(ending.output == "");
    CHECK_THAT(ending.errors, ContainsSubstring(path + ": is no patch that can be read"));
  }
  CHECK(sample.coverage({"--strip", "1"}).status() == 2);
}

TEST_CASE("thresholds: the exit status is the answer, and stderr names what is under") {
  const Sample sample;
  const auto answer = [&](const std::string& option, const std::string& percent) {
    const Ending ending = sample.coverage({option, percent});
    CHECK_THAT(ending.output, ContainsSubstring("of the functions"));
    return std::to_string(ending.status()) + " " + ending.errors;
  };
  const std::string say = "1 recount-replay: ";
  CHECK(answer("--fail-under", "71.4") == "0 ");
  CHECK(answer("--fail-under", "71.5") ==
        say + "coverage of lines is 71.4 % (5 of 7), under the threshold of 71.5 %\n");
  CHECK(answer("--fail-under-functions", "66.6") == "0 ");
  CHECK(answer("--fail-under-functions", "67") ==
        say + "coverage of functions is 66.6 % (2 of 3), under the threshold of 67 %\n");
  CHECK(answer("--fail-under-file", "50") == "0 ");
  CHECK(answer("--fail-under-file", "50.1") ==
        say + sample.root + "/src/a.c: coverage of lines is 50.0 % (2 of 4), under the threshold of 50.1 %\n");
  CHECK(answer("--fail-under-file-functions", "50") == "0 ");
  CHECK(answer("--fail-under-file-functions", "100") ==
        say + sample.root + "/src/a.c: coverage of functions is 50.0 % (1 of 2), under the threshold of 100 %\n");
  CHECK(sample.coverage({"--fail-under", "101"}).status() == 2);
  CHECK(sample.coverage({"--fail-under-file", "-1"}).status() == 2);
}

TEST_CASE("thresholds are asked of the changed lines alone") {
  const Sample sample;
  CHECK(sample.coverage({"--changed", "-", "--fail-under", "50"}, sample.patch).status() == 0);
  const Ending ending = sample.coverage({"--changed", "-", "--fail-under", "51"}, sample.patch);
  CHECK(ending.status() == 1);
  CHECK_THAT(ending.errors, ContainsSubstring("coverage of lines is 50.0 % (1 of 2)"));
}

TEST_CASE("of many files under a threshold ten are named, and the rest counted") {
  const TemporaryFolder folder;
  std::vector<SampleFile> files;
  for (int i = 10; i < 23; ++i) files.push_back({"/src/" + std::to_string(i) + ".c", {{"f", "", 1, {{1, false}}}}});
  write_coverage_log(folder.file("log"), "/src", files);
  const Ending ending = run({.arguments = {RECOUNT_REPLAY, "coverage", folder.file("log"), "--fail-under-file", "1"}});
  CHECK(ending.status() == 1);
  CHECK(std::count(ending.errors.begin(), ending.errors.end(), '\n') == 11);
  CHECK_THAT(ending.errors, ContainsSubstring("/src/19.c: ") && !ContainsSubstring("/src/20.c: ") &&
                                ContainsSubstring("3 more files under the threshold for lines"));
}

TEST_CASE("a log without a line proves no threshold") {
  const TemporaryFolder folder;
  write_coverage_log(folder.file("log"), "/src", {});
  const Ending ending = run({.arguments = {RECOUNT_REPLAY, "coverage", folder.file("log"), "--fail-under", "0"}});
  CHECK(ending.status() == 1);
  CHECK_THAT(ending.errors, ContainsSubstring("no line has a probe"));
}

}  // namespace
}  // namespace recount::test
