// The formats of coverage reports: what is written, and what the programs that they are for make of
// it. The cases of each consumer have a tag of their own, see tests/CMakeLists.txt.
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/coverage_report_sample.hpp"
#include "tests/support/coverage_sample.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> all_formats() {
  std::string help = run({.arguments = {RECOUNT_REPLAY, "coverage", "--help"}}).output;
  std::vector<std::string> names;
  const std::regex line("\n  ([a-z]+)  +");
  help.erase(0, help.find("Formats:"));
  for (std::sregex_iterator at(help.begin(), help.end(), line), end; at != end; ++at) names.push_back((*at)[1]);
  return names;
}

TEST_CASE("--help and the complaint about an unknown format list the same formats") {
  const std::vector<std::string> formats = all_formats();
  CHECK(formats.size() >= 11);
  const Ending ending = run({.arguments = {RECOUNT_REPLAY, "coverage", "--format", "x", "log"}});
  CHECK(ending.status() == 2);
  for (const std::string& format : formats) CHECK_THAT(ending.errors, ContainsSubstring(format));
  CHECK_THAT(run({.arguments = {RECOUNT_REPLAY, "state", "--format", "lcov", "log"}}).errors,
             ContainsSubstring("unknown format lcov, there is text and json"));
}

TEST_CASE("text has the ranges that did not run") {
  const Sample sample;
  CHECK(sample.report("text") == "  50.0 %          1/2  " + sample.root +
                                     "/lib/a.h\n                       not run: 2\n" + "  80.0 %          4/5  " +
                                     sample.root + "/main.cpp\n                       not run: 3\n" +
                                     "  71.4 %          5/7  of the lines of 2 files\n"
                                     "  75.0 %          3/4  of the functions\n");
}

TEST_CASE("annotate has the hits beside each line of the source") {
  const Sample sample;
  CHECK(sample.report("annotate") == sample.root + "/lib/a.h: 50.0 %, 1 of 2 lines\n" +
                                         "        1:    1:int f(int, char) { return 1; }\n"
                                         "    #####:    2:int f(int, long) { return 2; }\n\n" +
                                         sample.root + "/main.cpp: 80.0 %, 4 of 5 lines\n" +
                                         "        1:    1:int twice(int x) {\n"
                                         "        1:    2:  return 2 * x;\n"
                                         "    #####:    3:}\n"
                                         "        -:    4:\n"
                                         "        1:    5:int main() {\n"
                                         "        1:    6:\treturn twice(0);\n"
                                         "        -:    7:}\n");
}

TEST_CASE("annotate says what it has no source of, and shows nothing that commands a terminal") {
  const AwkwardSample sample;
  const std::string text = replayed({sample.log, "--format", "annotate"});
  for (const char* name : {"missing.c", "huge.c", "folder.c"}) {
    const std::string head = std::string(name) + ": 33.3 %, 1 of 3 lines\n";
    CHECK_THAT(text, ContainsSubstring(head + "        1:    1:(source not available)\n    #####:    2:"));
  }
  CHECK_THAT(text, ContainsSubstring("        1:    1:// caf\\xe9\n    #####:    2:int x;\\x1b[31m\n"
                                     "    #####:   70:(beyond the end of the source)\n"));
  CHECK_THAT(text, ContainsSubstring("        1:    1:one\n    #####:    2:two\n"
                                     "    #####:   70:(beyond the end of the source)\n"));
  CHECK_THAT(text, ContainsSubstring("/new\\nline.c: "));
}

TEST_CASE("lcov names functions by their symbols: its readers end a name at a comma") {
  const Sample sample;
  CHECK(sample.report("lcov") ==
        "TN:\nSF:" + sample.root +
            "/lib/a.h\nFN:1,_Z1fic\nFN:2,_Z1fil\nFNDA:1,_Z1fic\nFNDA:0,_Z1fil\nFNF:2\nFNH:1\n"
            "DA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\nTN:\nSF:" +
            sample.root +
            "/main.cpp\nFN:1,_Z5twicei\nFN:5,main\nFNDA:1,_Z5twicei\nFNDA:1,main\nFNF:2\nFNH:2\n"
            "DA:1,1\nDA:2,1\nDA:3,0\nDA:5,1\nDA:6,1\nLF:5\nLH:4\nend_of_record\n");
}

TEST_CASE("lcov and genhtml read the tracefile", "[lcov]") {
  if (!have("lcov") || !have("genhtml")) return;
  const Sample sample;
  const std::string summary = consume({"lcov", "--summary", sample.written("lcov")});
  CHECK_THAT(summary, ContainsSubstring(".: 71.4% (5 of 7 lines)"));
  CHECK_THAT(summary, ContainsSubstring(".: 75.0% (3 of 4 functions)"));
  const std::string html = sample.folder.file("html");
  const std::string told = consume({"genhtml", sample.written("lcov"), "--demangle-cpp", "-o", html});
  CHECK_THAT(told, ContainsSubstring(".: 71.4% (5 of 7 lines)"));
  CHECK(warnings_in(told) == "");
  consume({"grep", "-rqF", "f(int, long)", html});
}

TEST_CASE("lcov reads awkward names, and merges a tracefile with itself", "[lcov]") {
  if (!have("lcov")) return;
  const AwkwardSample sample;
  const std::string file = sample.folder.file("lcov"), twice = sample.folder.file("twice");
  replayed({sample.log, "--format", "lcov", "-o", file});
  const std::string all = std::to_string(sample.files.size());
  CHECK_THAT(consume({"lcov", "--summary", file}),
             ContainsSubstring("(" + all + " of " + std::to_string(3 * sample.files.size()) + " lines)") &&
                 ContainsSubstring("(" + all + " of " + all + " functions)"));
  CHECK_THAT(consume({"lcov", "-a", file, "-a", file, "-o", twice}),
             ContainsSubstring("(" + all + " of " + std::to_string(3 * sample.files.size()) + " lines)"));
}

TEST_CASE("a badge has the share of lines, in the form of an endpoint of shields.io") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_eventful_log(log);
  const Json badge = Json::parse(run({.arguments = {RECOUNT_REPLAY, "coverage", log, "--format", "badge"}}).output);
  CHECK(badge == Json{{"schemaVersion", 1}, {"label", "coverage"}, {"message", "62.5 %"}, {"color", "yellow"}});
  tamper(log, "DELETE FROM trace_probe_line");
  const Json none = Json::parse(run({.arguments = {RECOUNT_REPLAY, "coverage", log, "--format", "badge"}}).output);
  CHECK((none.at("message") == "unknown" && none.at("color") == "lightgrey"));
}

TEST_CASE("awkward names come out of the XML as they went in", "[python]") {
  if (!have("python3")) return;
  const AwkwardSample sample;
  const std::string cobertura = sample.folder.file("cobertura"), sonar = sample.folder.file("sonar");
  replayed({sample.log, "--format", "cobertura", "-o", cobertura});
  replayed({sample.log, "--format", "sonarqube", "-o", sonar});
  const std::string script =
      "import sys, json, xml.etree.ElementTree as e\n"
      "c, s = e.parse(sys.argv[1]), e.parse(sys.argv[2])\n"
      "a = sorted(x.get('filename') for x in c.iter('class'))\n"
      "b = sorted(x.get('path') for x in s.iter('file'))\n"
      "assert a == b, (a, b)\n"
      "print(json.dumps([c.find('sources/source').text] + a))\n";
  const Json found = Json::parse(consume({"python3", "-c", script, cobertura, sonar}));
  CHECK(found[0] == sample.root);
  const std::vector<std::string> names = found;
  for (const std::string& name : sample.names) {
    const bool sayable =
        name.find_first_of("\xff\x07") == std::string::npos && name.find("\xef\xbf\xbf") == std::string::npos;
    INFO(name);
    CHECK((std::find(names.begin(), names.end(), name) != names.end()) == sayable);
  }
  CHECK(std::find(names.begin(), names.end(), "bad\xef\xbf\xbd.c") != names.end());
}

TEST_CASE("a Cobertura method has the lines of its own, and its symbol") {
  const Sample sample;
  const std::string xml = sample.report("cobertura");
  CHECK_THAT(xml, ContainsSubstring("<source>" + sample.root + "</source>"));
  CHECK_THAT(xml, ContainsSubstring("<package name=\"lib\" line-rate=\"0.500000\""));
  CHECK_THAT(xml, ContainsSubstring("<class name=\"a.h\" filename=\"lib/a.h\" line-rate=\"0.500000\""));
  CHECK_THAT(xml, ContainsSubstring("<method name=\"f(int, long)\" signature=\"_Z1fil\" "
                                    "line-rate=\"0.000000\" branch-rate=\"0\" complexity=\"0\">"
                                    "<lines>\n<line number=\"2\" hits=\"0\"/>\n</lines>\n</method>"));
  CHECK_THAT(xml, ContainsSubstring("<method name=\"main\" signature=\"\" line-rate=\"1.000000\""));
}

TEST_CASE("diff-cover finds the changed lines that did not run", "[diff-cover]") {
  if (!have("diff-cover") || !have("git")) return;
  const Sample sample;
  const std::string git =
      "git init -q -b main && git config user.email a@b && git config user.name a && "
      "git add main.cpp && git commit -qm one && git checkout -qb change && git add lib/a.h && "
      "git commit -qm two";
  consume({"/bin/sh", "-c", git}, sample.root);
  const std::string told =
      consume({"diff-cover", sample.written("cobertura"), "--compare-branch", "main"}, sample.root);
  CHECK_THAT(told, ContainsSubstring("lib/a.h (50.0%): Missing lines 2") && ContainsSubstring("Total:   2 lines"));
}

TEST_CASE("gcovr merges its reports and finds the same coverage", "[gcovr]") {
  if (!have("gcovr")) return;
  const Sample sample;
  const std::string file = sample.written(gcovr_format()), merged = sample.folder.file("merged.json"),
                    again = sample.folder.file("again");
  std::filesystem::copy_file(file, again);
  consume({"gcovr", "-r", sample.root, "-a", file, "-a", again, "--json", merged});
  const Json json = Json::parse(read_file(merged));
  const Json& header = json.at("files").at(0);
  CHECK(header.at("file") == "lib/a.h");
  CHECK(header.at("lines").at(0).at("count") == 2);
  CHECK(header.at("lines").at(1).at("count") == 0);
  CHECK(header.at("functions").at(1).at("name") == "f(int, long)");
  CHECK(header.at("functions").at(1).at("lineno") == 2);
  const std::string summary = consume({"gcovr", "-r", sample.root, "-a", file, "-s"});
  CHECK_THAT(summary,
             ContainsSubstring("lines: 71.4% (5 out of 7)") && ContainsSubstring("functions: 75.0% (3 out of 4)"));
}

TEST_CASE("gcovr reads awkward names", "[gcovr]") {
  if (!have("gcovr")) return;
  const AwkwardSample sample;
  const std::string file = sample.folder.file("gcovr");
  replayed({sample.log, "--format", gcovr_format(), "-o", file});
  const std::string all = std::to_string(sample.files.size());
  // Without a filter: its default one is a regular expression of the root.
  CHECK_THAT(consume({"gcovr", "-r", sample.root, "-f", ".*", "-a", file, "-s", "-o", file + ".summary"}),
             ContainsSubstring("(" + all + " out of " + std::to_string(3 * sample.files.size()) + ")"));
}

TEST_CASE("the JSON obeys its schema, awkward or not", "[jsonschema]") {
  if (!have_module("jsonschema")) return;
  const Sample sample;
  const AwkwardSample awkward;
  const std::string schema = std::string(RECOUNT_SOURCES) + "/schema/coverage.schema.json";
  const std::string validate =
      "import sys, json, jsonschema\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "validator = jsonschema.validators.validator_for(schema)\n"
      "validator.check_schema(schema)\n"
      "for path in sys.argv[2:]: validator(schema).validate(json.load(open(path)))\n";
  const std::string plain = sample.written("json"), odd = awkward.folder.file("json");
  replayed({awkward.log, "--format", "json", "-o", odd});
  consume({"python3", "-c", validate, schema, plain, odd});
  const std::string broken = sample.folder.file("broken");
  write_file(broken, std::regex_replace(read_file(plain), std::regex("\"hits\":1"), "\"hits\":-1"));
  const Ending ending = run({.arguments = {"/usr/bin/env", "python3", "-c", validate, schema, broken}});
  CHECK(ending.status() == 1);
  CHECK_THAT(ending.errors, ContainsSubstring("-1 is less than the minimum of 0"));
}

TEST_CASE("the JSON has all that is known") {
  const Sample sample;
  const Json json = Json::parse(sample.report("json"));
  CHECK(json.at("root") == sample.root);
  CHECK(json.at("totals").at("functions_hit") == 3);
  const Json& header = json.at("files").at(0);
  CHECK(header.at("file") == sample.root + "/lib/a.h");
  CHECK(header.at("path") == "lib/a.h");
  CHECK(header.at("functions").at(1) ==
        Json::parse(
            R"json({"function": "f(int, long)", "linkage_name": "_Z1fil", "line": 2, "hits": 0,
                        "lines": 1, "lines_hit": 0})json"));
}

TEST_CASE("codecov gets the hits by line by path") {
  const Sample sample;
  CHECK(Json::parse(sample.report("codecov")) == Json::parse(R"({"coverage": {"lib/a.h": {"1": 1, "2": 0},
                                     "main.cpp": {"1": 1, "2": 1, "3": 0, "5": 1, "6": 1}}})"));
}

TEST_CASE("coveralls gets an element for each line of the source, and the source's MD5") {
  const Sample sample;
  const Json json = Json::parse(sample.report("coveralls"));
  CHECK(json.at("run_at") == "2023-11-14 22:13:20 UTC");
  CHECK(json.at("source_files").at(1) ==
        Json::parse(R"({"name": "main.cpp", "source_digest": "36281e23e143b7b62c718f21372f7420",
                        "coverage": [1, 1, 0, null, 1, 1, null]})"));
}

TEST_CASE("every format in JSON has awkward names as they are") {
  const AwkwardSample sample;
  const auto parsed = [&](const char* format) { return Json::parse(replayed({sample.log, "--format", format})); };
  const Json ours = parsed("json"), gcovr = parsed("gcovr"), codecov = parsed("codecov"),
             coveralls = parsed("coveralls");
  CHECK(ours.at("files").size() == sample.files.size());
  for (const Json& file : ours.at("files")) {
    const std::string path = file.at("path");
    const auto has = [&](const Json& list, const char* key) {
      return std::any_of(list.begin(), list.end(), [&](const Json& f) { return f.at(key) == path; });
    };
    INFO(path);
    CHECK(has(gcovr.at("files"), "file"));
    CHECK(has(coveralls.at("source_files"), "name"));
    CHECK(codecov.at("coverage").at(path) == Json::parse(R"({"1": 1, "2": 0, "70": 0})"));
  }
}

TEST_CASE("github gets ten warnings at most, and a notice that counts the rest") {
  const TemporaryFolder folder;
  SampleFile file{"/src/a,b:c%\n.c", {{"f", "", 1, {}}}};
  for (std::uint32_t line = 1; line <= 30; ++line)
    file.functions[0].lines.push_back({line, line % 2 == 0 || line == 8});
  file.functions[0].lines.push_back({31, false});
  write_coverage_log(folder.file("log"), "/src", {file});
  const std::string text = replayed({folder.file("log"), "--format", "github"});
  CHECK_THAT(text, Catch::Matchers::StartsWith("::warning file=a%2Cb%3Ac%25%0A.c,line=1,endLine=1,"
                                               "title=Not covered::Line 1 did not run\n"));
  CHECK_THAT(text, Catch::Matchers::EndsWith("\n::notice title=Coverage::48.3 %25 (15 of 31 lines ran; 6 "
                                             "more ranges did not)\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 11);
}

TEST_CASE("markdown has the files with the most lines that did not run first") {
  const Sample sample;
  CHECK(sample.report("markdown") ==
        "### Coverage: 71.4 % of the lines\n\n"
        "| File | Lines | ran | Functions | Lines that did not run |\n"
        "| :--- | ---: | ---: | ---: | :--- |\n"
        "| **2 files** | 71.4 % | 5/7 | 3/4 |  |\n"
        "| lib/a\\.h | 50.0 % | 1/2 | 1/2 | 2 |\n"
        "| main\\.cpp | 80.0 % | 4/5 | 2/2 | 3 |\n");
}

TEST_CASE("awkward names stay in their row and their cell") {
  const AwkwardSample sample;
  const std::string text = replayed({sample.log, "--format", "markdown"});
  CHECK(std::count(text.begin(), text.end(), '\n') == static_cast<std::ptrdiff_t>(sample.files.size()) + 5);
  CHECK_THAT(text, ContainsSubstring("| pipe\\|\\`tick\\`\\.c | 33.3 % | 1/3 | 1/1 | 2\\-70 |") ||
                       ContainsSubstring("| pipe\\|\\`tick\\`\\.c | 33.3 % | 1/3 | 1/1 | 2-70 |"));
  CHECK_THAT(text, ContainsSubstring("| a\\&b\\<c\\>\\.c |"));
}

TEST_CASE("paths are counted from --root") {
  const Sample sample;
  const std::string text = replayed({sample.log, "--format", "codecov", "--root", sample.root + "/lib/"});
  const Json json = Json::parse(text);
  CHECK(json.at("coverage").contains("a.h"));
  CHECK(json.at("coverage").contains(sample.root + "/main.cpp"));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct Cost {
  double seconds = 0;  // of CPU time, which does not grow with what else the machine has to do
  long max_rss_kib = 0;
};

Cost cost_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss};
}

TEST_CASE("a report of 2,000 files and 200,000 lines takes 2 s and 200 MB at most", "[cost]") {
  if (kSanitized) {
    std::cout << "skipped: with sanitizers the cost is another\n";
    return;
  }
  const TemporaryFolder folder;
  const std::vector<SampleFile> files = many_sample_files(folder.file("root"));
  std::string source;
  for (int line = 1; line <= 200; ++line) source += "  const auto value_" + std::to_string(line) + " = f(1, 2);\n";
  for (const SampleFile& file : files) write_file(file.path, source);
  write_coverage_log(folder.file("log"), folder.file("root"), files);
  for (const std::string& format : all_formats()) {
    const Cost before = cost_of_children();
    replayed({folder.file("log"), "--format", format, "-o", folder.file("report")});
    const Cost after = cost_of_children();
    std::cout << format << ": " << after.seconds - before.seconds << " s, at most " << after.max_rss_kib / 1024
              << " MiB, " << std::filesystem::file_size(folder.file("report")) / 1024 << " KiB written\n";
    CHECK(after.seconds - before.seconds <= 2.0);
    CHECK(after.max_rss_kib <= 200'000'000 / 1024);
  }
}

}  // namespace
}  // namespace recount::test
