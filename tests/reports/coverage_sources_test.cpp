// What the coverage reports make of sources: the texts of the log, marks in them, globs, other
// names, and the page's cost.
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "replay/log/exclusions.hpp"
#include "replay/log/source_text.hpp"
#include "replay/text/base64.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Words = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;

void keep(const LogBuilder& log, const std::string& file, const std::string& text, bool newer = false, int image = 1) {
  Statement source(log.database(), "INSERT OR IGNORE INTO trace_source VALUES (?,?,?)");
  source.bind(1, text).bind(2, static_cast<std::int64_t>(text.size())).bind_blob(3, text).execute();
  Statement of_file(log.database(),
                    "INSERT INTO trace_file_source SELECT file_id, ?, ?, ?, NULL FROM trace_file WHERE path = ?");
  of_file.bind(1, image).bind(2, text).bind(3, newer).bind(4, file).execute();
}

// Lines 1 to 6 of each of the files; those of a.c up to 3 ran.
std::string sample(const TemporaryFolder& folder, const std::string& text = "", const Words& files = {"/src/a.c"}) {
  const std::string path = folder.file("run.db");
  LogBuilder log(path);
  std::vector<ProbeSpec> probes;
  for (const std::string& file : files)
    for (std::uint32_t line = 1; line <= 6; ++line)
      probes.push_back({0x1000 + 0x10 * probes.size(), file, {line}, line <= 3 ? "ran" : "idle"});
  const ImageId image = log.image("/bin/prog", probes);
  if (!text.empty())
    for (const std::string& file : files) keep(log, file, text);
  log.spawned(100);
  log.exec(100, R"(["prog"])", image);
  for (std::size_t i = 0; i < 3; ++i) log.hit(100, 0x1000 + 0x10 * i);
  log.exited(100, 0);
  log.echild();
  log.finish();
  return path;
}

Ending coverage(const std::string& log, const Words& options) {
  Words words{RECOUNT_REPLAY, "coverage", log};
  words.insert(words.end(), options.begin(), options.end());
  return run({.arguments = words});
}

// "FILE: LINE LINE ..." of each file of the report.
Words lines_in_report(const std::string& log, Words options = {}) {
  options.insert(options.end(), {"--format", "json"});
  const Ending ending = coverage(log, options);
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  Words lines;
  const Json report = Json::parse(ending.output);
  for (const Json& file : report.at("files")) {
    std::string text = file.at("file").get<std::string>() + ":";
    for (const Json& line : file.at("line_coverage")) text += " " + line.at("line").dump();
    lines.push_back(text);
  }
  return lines;
}

// --- marks ---

TEST_CASE("marks take lines out of the reports and their totals, unless they are not to count", "[markers]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder,
                                 "one // LCOV_EXCL_LINE\n"
                                 "two // LCOV_EXCL_BR_LINE\n"
                                 "three\n"
                                 "four // GCOVR_EXCL_START\n"
                                 "five\n"
                                 "six // GCOVR_EXCL_STOP\n");
  CHECK(lines_in_report(log) == Words{"/src/a.c: 2 3 6"});
  CHECK(lines_in_report(log, {"--no-markers"}) == Words{"/src/a.c: 1 2 3 4 5 6"});
  CHECK_THAT(coverage(log, {}).output, ContainsSubstring("66.6 %") && ContainsSubstring("2/3"));
  CHECK_THAT(coverage(log, {"--format", "lcov"}).output, !ContainsSubstring("DA:4,") && ContainsSubstring("LF:3"));
  CHECK(coverage(log, {"--fail-under", "60"}).status() == 0);
  CHECK(coverage(log, {"--fail-under", "60", "--no-markers"}).status() == 1);
}

TEST_CASE("a file of which every line is marked is in no report", "[markers]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder, "// LCOV_EXCL_START\n\n\n\n\n\n\n// LCOV_EXCL_STOP\n");
  CHECK(lines_in_report(log).empty());
}

std::string excluded(const std::string& text) {
  const Exclusions exclusions(text);
  std::string lines;
  for (std::uint32_t line = 1; line < 9; ++line) lines += exclusions.has(line) ? std::to_string(line) : "";
  return lines + (exclusions.unclosed() ? " open " + std::to_string(*exclusions.unclosed()) : "");
}

TEST_CASE("a region goes from the line of its START to the one before its STOP", "[markers]") {
  CHECK(excluded("a\n// LCOV_EXCL_START\nb\n// LCOV_EXCL_STOP\nc\n") == "23");
  CHECK(excluded("// GCOV_EXCL_START\n// LCOV_EXCL_STOP\nb\n// GCOV_EXCL_STOP\n") == "123");
  CHECK(excluded("// LCOV_EXCL_START\n// LCOV_EXCL_START\n// LCOV_EXCL_STOP\nc\n") == "12");
  CHECK(excluded("\n\n// GCOVR_EXCL_START\n\n") == "345678 open 3");
  CHECK(excluded("// LCOV_EXCL_STOP\n// LCOV_EXCL_LINE\n").starts_with("2"));
}

TEST_CASE("what is no mark takes nothing out", "[markers]") {
  for (const char* text : {"", "LCOV_EXCL_BR_START\n\n", "EXCL_LINE", "_EXCL_LINE", "LCOV_EXCL_", "LCOV_EXCL_STAR",
                           "lcov_excl_line", "GCOVR_EXCL_BR_LINE", "LCOV_EXCL_EXCEPTION_BR_LINE"})
    CHECK(excluded(text).empty());
}

TEST_CASE("a region that is never ended is told with its place", "[markers]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder, "one\ntwo // LCOV_EXCL_START\n");
  CHECK_THAT(coverage(log, {}).errors, ContainsSubstring("/src/a.c:2: ") && ContainsSubstring("this mark has no end"));
  CHECK(lines_in_report(log) == Words{"/src/a.c: 1"});
}

// --- which files, under which names ---

TEST_CASE("globs choose files below the roots of the recording", "[selection]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder, "", {"/src/a.c", "/src/lib/b.c", "/src/lib/t/test_b.c"});
  const std::string all = ": 1 2 3 4 5 6";
  CHECK(lines_in_report(log, {"--include", "lib/*"}) == Words{"/src/lib/b.c" + all, "/src/lib/t/test_b.c" + all});
  CHECK(lines_in_report(log, {"--exclude", "*/test_*"}) == Words{"/src/a.c" + all, "/src/lib/b.c" + all});
  CHECK(lines_in_report(log, {"--include", "*.c", "--exclude", "/src/lib/*"}) == Words{"/src/a.c" + all});
  CHECK(lines_in_report(log, {"--include", "a.c", "--include", "lib/b.c"}).size() == 2);
  CHECK(lines_in_report(log, {"--include", "src/*"}).empty());
  CHECK(lines_in_report(log, {"--exclude", "a.c,lib/b.c"}).size() == 3);  // one glob, with a comma
}

TEST_CASE("a glob that fits no file of the log is told", "[selection]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder, "", {"/src/a.c", "/src/lib/b.c"});
  const auto told = [&](const std::string& glob) {
    return run({.arguments = {RECOUNT_REPLAY, "coverage", log, "--format", "json", "--exclude", glob}}).errors;
  };
  CHECK(told("lib") == "");
  CHECK(told("./lib/") == "");
  CHECK(told("vendor") == "recount-replay: --exclude vendor fits no file of the log\n");
}

TEST_CASE("a map gives files other names, and what gets one name is one file", "[selection]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder, "one // LCOV_EXCL_LINE\n", {"/src/a.c", "/src/gen/a.c"});
  CHECK(lines_in_report(log, {"--map", "/src/gen=/out"}) == Words{"/out/a.c: 2 3 4 5 6", "/src/a.c: 2 3 4 5 6"});
  CHECK(lines_in_report(log, {"--map", "/src/gen=/src"}) == Words{"/src/a.c: 2 3 4 5 6"});
  CHECK(lines_in_report(log, {"--map", "/src=.", "--include", "gen/*"}) == Words{"gen/a.c: 2 3 4 5 6"});
  const Ending refused = coverage(log, {"--map", "nothing"});
  CHECK(refused.status() == 2);
  CHECK_THAT(refused.errors, ContainsSubstring("--map takes FROM=TO"));
}

// --- texts ---

TEST_CASE("the text is the log's; the disk stands in where the log has none, and that is said", "[texts]") {
  const TemporaryFolder folder;
  const std::string file = folder.file("a.c");
  std::ofstream(file) << "one // LCOV_EXCL_LINE\n";
  SECTION("the log has it") {
    const std::string log = sample(folder, "one\n", {file});
    const Ending ending = coverage(log, {"--format", "html"});
    CHECK(ending.errors.empty());
    CHECK(lines_in_report(log) == Words{file + ": 1 2 3 4 5 6"});
  }
  SECTION("the log has none") {
    const std::string log = sample(folder, "", {file});
    CHECK_THAT(coverage(log, {"--format", "html"}).errors, ContainsSubstring("the log has no text of " + file));
    CHECK(lines_in_report(log) == Words{file + ": 2 3 4 5 6"});
  }
}

TEST_CASE("files that count and are nowhere are told once, with ways out", "[texts]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder, "one\n", {"/src/a.c", "/src/gen/b.c", "/src/gen/c.c"});
  CHECK(coverage(log, {}).errors == "");
  tamper(log, "UPDATE trace_file_source SET hash = NULL, reason = 'No such file or directory' WHERE file_id > 1");
  const std::string told = coverage(log, {"--format", "lcov"}).errors;
  CHECK_THAT(told,
             ContainsSubstring("2 files with lines that count are not there: gen/b.c, ...; leave out such files"));
  CHECK_THAT(told, ContainsSubstring("--exclude"));
  CHECK_THAT(told, ContainsSubstring("--map"));
  CHECK(coverage(log, {"--exclude", "gen"}).errors == "");
  std::ofstream(folder.file("c.c")) << "one\n";
  CHECK_THAT(coverage(log, {"--map", "/src/gen=" + folder.path().string()}).errors,
             ContainsSubstring("1 file with lines that count is not there"));
}

TEST_CASE("of several texts the last that was not newer than its image is taken", "[texts]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  {
    LogBuilder log(path);
    for (int image = 1; image <= 3; ++image)
      log.image("/bin/p" + std::to_string(image), {{0x10, "/src/a.c", {1}, "f"}});
    keep(log, "/src/a.c", "first", false, 1);
    keep(log, "/src/a.c", "second", false, 2);
    keep(log, "/src/a.c", "third", true, 3);
    log.spawned(100);
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  const LogFile log(path);
  SourceText sources;
  sources.add(log);
  CHECK(sources.text("/src/a.c") == "second");
  CHECK_FALSE(sources.is_newer("/src/a.c"));
}

TEST_CASE("a text that does not fit what the log says of it is none", "[texts]") {
  const TemporaryFolder folder;
  const std::string path = sample(folder, "one // LCOV_EXCL_LINE\n");
  for (const char* change : {"content = x'789c'", "size_bytes = size_bytes + 1", "size_bytes = 1099511627776",
                             "size_bytes = -1", "size_bytes = 1"}) {
    tamper(path, std::string("UPDATE trace_source SET ") + change);
    INFO(change);
    const LogFile log(path);
    SourceText sources;
    sources.add(log);
    CHECK_FALSE(sources.text("/src/a.c"));
    CHECK_FALSE(sources.packed("/src/a.c"));
  }
  CHECK(coverage(path, {"--format", "html"}).status() == 0);
}

TEST_CASE("a log of an older minor version has no texts, and is read all the same", "[texts]") {
  const TemporaryFolder folder;
  const std::string path = sample(folder);
  tamper(path, "DROP TABLE trace_source; DROP TABLE trace_file_source");
  CHECK(coverage(path, {"--format", "html"}).status() == 0);
  CHECK(lines_in_report(path) == Words{"/src/a.c: 1 2 3 4 5 6"});
}

TEST_CASE("base64 is that of RFC 4648") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("a rule of --map that fits no file of the log is told", "[coverage][map]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder);
  const Ending ending = coverage(log, {"--map", "/src=/here", "--map", "/elsewhere/=x", "--map", ".=/y"});
  CHECK_THAT(ending.output, ContainsSubstring("/here/a.c"));
  CHECK_THAT(ending.errors, ContainsSubstring("recount-replay: --map /elsewhere/=x fits no file of the log\n") &&
                                ContainsSubstring("recount-replay: --map .=/y fits no file of the log\n") &&
                                !ContainsSubstring("--map /src"));
}

TEST_CASE("a threshold for functions is missed where no line belongs to one", "[coverage]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder);
  CHECK(coverage(log, {"--fail-under-functions", "50"}).status() == 0);
  tamper(log, "UPDATE trace_probe_line SET function_id = NULL");
  const Ending ending = coverage(log, {"--fail-under-functions", "50"});
  CHECK(ending.status() == 1);
  CHECK_THAT(ending.errors,
             ContainsSubstring("coverage of functions is not known: no line that counts belongs to one\n"));
  CHECK(coverage(log, {"--fail-under", "50"}).status() == 0);
}

TEST_CASE("a function that begins on a marked line is taken out as a whole", "[coverage][markers]") {
  const TemporaryFolder folder;
  // The function "ran" has lines 1 to 3, and "idle" 4 to 6; both begin on their first line.
  const std::string log = sample(folder, "one\ntwo\nthree\nfour // GCOVR_EXCL_FUNCTION\nfive\nsix\n");
  CHECK(lines_in_report(log, {}) == Words{"/src/a.c: 1 2 3"});
  CHECK(lines_in_report(log, {"--no-markers"}) == Words{"/src/a.c: 1 2 3 4 5 6"});
  tamper(log, "UPDATE trace_source SET content = CAST('one\ntwo LCOV_EXCL_FUNCTION' AS BLOB), size_bytes = 26");
  CHECK(lines_in_report(log, {}) == Words{"/src/a.c: 1 2 3 4 5 6"});
}

TEST_CASE("functions whose name matches are left out", "[coverage][exclude-function]") {
  const TemporaryFolder folder;
  const std::string log = sample(folder);  // "ran" has lines 1 to 3, "idle" 4 to 6
  const Ending ending = coverage(log, {"--exclude-function", "^id", "--fail-under", "100"});
  CHECK(ending.status() == 0);
  CHECK(ending.errors == "");
  CHECK(lines_in_report(log, {"--exclude-function", "^id"}) == Words{"/src/a.c: 1 2 3"});
  CHECK(lines_in_report(log, {"--exclude-function", "^dle", "--exclude-function", "ran"}) == Words{"/src/a.c: 4 5 6"});
  CHECK_THAT(coverage(log, {"--exclude-function", "^dle"}).errors,
             ContainsSubstring("--exclude-function ^dle fits no function"));
  CHECK_THAT(coverage(log, {"--exclude-function", "["}).errors,
             ContainsSubstring("--exclude-function takes a regular expression, and [ is none"));
}

TEST_CASE("lines whose text matches are left out", "[coverage][exclude-line]") {
  const TemporaryFolder folder;
  const std::string log =
      sample(folder, "one\n  assert(two);\nthree\r\nfour\nabort();\n" + std::string(10000, 'x') + "\n");
  CHECK(lines_in_report(log, {"--exclude-line", "^\\s*assert\\("}) == Words{"/src/a.c: 1 3 4 5 6"});
  CHECK(lines_in_report(log, {"--exclude-line", "three$", "--exclude-line", "abort|o.e"}) == Words{"/src/a.c: 2 4 6"});
  CHECK(coverage(log, {"--exclude-line", "three$|four|abort|x", "--fail-under", "100"}).status() == 0);
  const Ending bad = coverage(log, {"--exclude-line", "("});
  CHECK(bad.status() == 2);
  CHECK_THAT(bad.errors, ContainsSubstring("--exclude-line takes a regular expression, and ( is none"));
}

// A run of /bin/prog whose /src/a.c has this text, and a line for each of its lines; `ran` of them ran.
std::string run_of(const TemporaryFolder& folder, const std::string& name, const std::string& text, std::uint32_t lines,
                   const std::vector<std::uint32_t>& ran, int start_s) {
  const std::string path = folder.file(name);
  {
    LogBuilder log(path);
    std::vector<ProbeSpec> probes;
    for (std::uint32_t line = 1; line <= lines; ++line) probes.push_back({0x10ull * line, "/src/a.c", {line}, "main"});
    const ImageId image = log.image("/bin/prog", probes);
    keep(log, "/src/a.c", text);
    log.spawned(100);
    log.exec(100, R"(["prog"])", image);
    for (const std::uint32_t line : ran) log.hit(100, 0x10ull * line);
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  tamper(path,
         "UPDATE trace_run SET run_uuid = '" + name + "', start_unix_ns = " + std::to_string(start_s) + "000000000");
  return path;
}

std::string lines_of(const std::string& tracefile) {
  std::string lines;
  std::istringstream in(tracefile);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("DA:")) lines += line.substr(3) + ' ';
  return lines;
}

TEST_CASE("lines of two texts of a file are not added up", "[coverage][texts]") {
  const TemporaryFolder folder;
  const std::string before = run_of(folder, "before.db", "one\ntwo\n", 2, {1, 2}, 100);
  const std::string after = run_of(folder, "after.db", "new\none\ntwo\n", 3, {2}, 200);
  const std::string merged = folder.file("all.db");
  REQUIRE(run({.arguments = {RECOUNT_REPLAY, "merge", "-o", merged, after, before}}).status() == 0);
  const auto check = [](const Ending& ending) {
    CHECK(lines_of(ending.output) == "1,0 2,1 3,0 ");
    CHECK_THAT(ending.errors,
               ContainsSubstring("a.c was edited in between: it is reported by the newest of 2 texts, without "
                                 "the run of 1970-01-01 00:01:40 UTC (prog --flag); report such a run by a log of "
                                 "its own, or compare two with: recount-replay diff\n"));
  };
  check(coverage(merged, {"--format", "lcov"}));
  check(coverage(before, {after, "--format", "lcov"}));
  CHECK_THAT(coverage(merged, {"--format", "annotate"}).output,
             ContainsSubstring("#####:    1:new\n        1:    2:one"));
  CHECK(query(merged, "SELECT line, hits FROM line_coverage ORDER BY line") ==
        std::vector<Row>{{"1", "0"}, {"2", "1"}, {"3", "0"}});
  const Ending alone = coverage(before, {"--format", "lcov"});
  CHECK(lines_of(alone.output) == "1,1 2,1 ");
  CHECK(alone.errors == "");
}

TEST_CASE("runs of one text are added up, whichever began first", "[coverage][texts]") {
  const TemporaryFolder folder;
  const std::string one = run_of(folder, "one.db", "one\ntwo\n", 2, {1}, 200);
  const std::string two = run_of(folder, "two.db", "one\ntwo\n", 2, {2}, 100);
  const Ending both = coverage(one, {two, "--format", "lcov"});
  CHECK(lines_of(both.output) == "1,1 2,1 ");
  CHECK(both.errors == "");
}

}  // namespace
}  // namespace recount::test
