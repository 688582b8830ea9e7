// tests: the tests of a run, or those that a patch may break.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "replay/command/command.hpp"
#include "replay/coverage/changed_option.hpp"
#include "replay/coverage/coverage_report.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/tests/junit_report.hpp"
#include "replay/tests/test_list.hpp"
#include "replay/tests/tests_against.hpp"

namespace recount {
namespace {

struct TestsReport {
  const Request& request;
  const std::vector<TestRecord>& tests;
  const Impact* impact;                // null: there is no patch
  const std::vector<JunitCase>* rest;  // the cases of a JUnit file that are not in the log; null: there is no file
  const std::vector<TestProcess>& processes;
  const History& history;
};

std::string cell(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text + "  ";
}

std::string status_text(const TestRecord& test) {
  return status_of(test) + (test.flaky ? " (flaky, " + std::to_string(test.tries) + " tries)" : std::string());
}

std::size_t status_width(const std::vector<TestRecord>& tests) {
  std::size_t width = 7;
  for (const TestRecord& test : tests) width = std::max(width, status_text(test).size());
  return width + 2;
}

std::string painted_status(const Paint& paint, const TestRecord& test, std::size_t width) {
  const std::string status = status_text(test), blanks(width - status.size(), ' ');
  return (!test.failed || test.flaky ? paint.warn(status) : *test.failed ? paint.bad(status) : status) + blanks;
}

std::string time_cell(const std::optional<std::int64_t>& ns) { return cell(ns ? duration_text(*ns) : "-", 10); }

std::string result_text(const std::optional<JunitCase::Result>& result, const std::optional<std::int64_t>& ns) {
  if (!result) return "-";
  return word_of(*result) + (ns ? " (" + duration_text(*ns) + ")" : "");
}

// The column of the results of a JUnit file.
std::string result_cell(const Paint& paint, const TestRecord& test) {
  const std::string text = result_text(test.result, test.result_ns);
  const std::string blanks(text.size() < 18 ? 18 - text.size() : 2, ' ');
  return (test.result == JunitCase::Result::fail ? paint.bad(text) : text) + blanks;
}

void write_table(const TestsReport& report) {
  std::ostream& out = report.request.out();
  const Paint paint = report.request.paint();
  const std::size_t width = status_width(report.tests);
  out << "status" << std::string(width - 6, ' ') << "      time         CPU    max RSS  "
      << (report.rest ? "result            " : "") << (report.impact ? "changed  " : "") << "test\n";
  for (const TestRecord& test : report.tests) {
    const auto cpu_us = test.cpu_us();
    out << painted_status(paint, test, width) << time_cell(test.duration_ns)
        << time_cell(cpu_us ? std::optional(*cpu_us * 1000) : std::nullopt)
        << cell(test.max_rss_kib ? std::to_string(*test.max_rss_kib) + " KiB" : "-", 9);
    if (report.rest) out << result_cell(paint, test);
    if (report.impact) out << cell(std::to_string(test.changed_lines), 7);
    const std::string inside = test.said ? ", in process " + std::to_string(raw(test.said->upid)) : "";
    out << visible(test.test) << paint.faint("  (" + visible(test.runner) + inside + ")") << '\n';
  }
}

void write_lines(std::ostream& out, const char* what, const std::map<std::string, Impact::Lines>& files) {
  if (!files.empty()) out << '\n' << what << '\n';
  for (const auto& [file, lines] : files) out << "  " << visible(file) << ": " << ranges_text(lines) << '\n';
}

void write_names(std::ostream& out, const char* what, const std::set<std::string>& files) {
  if (!files.empty()) out << '\n' << what << '\n';
  for (const std::string& file : files) out << "  " << visible(file) << '\n';
}

void write_rest(std::ostream& out, const std::vector<JunitCase>& rest) {
  if (!rest.empty()) out << "\nresults without a process in the log\n";
  for (const JunitCase& test : rest) {
    const std::string result = result_text(test.result, test.time_ns);
    out << "  " << result << std::string(result.size() < 18 ? 18 - result.size() : 2, ' ') << visible(test.name)
        << '\n';
  }
}

void write_text(const TestsReport& report) {
  std::ostream& out = report.request.out();
  if (!report.tests.empty()) write_table(report);
  if (report.rest) write_rest(out, *report.rest);
  if (!report.impact) return;
  if (report.tests.empty()) out << "no test ran a line that the patch changes\n";
  write_lines(out, "changed, and no test ran it", report.impact->not_run());
  write_lines(out, "changed, with no line of code above it: no test known", report.impact->no_code());
  write_names(out, "changed, and without a line of code in the log: no test known", report.impact->unknown());
  write_names(out, "new: no test known", report.impact->added());
}

Json lines_json(const std::map<std::string, Impact::Lines>& files) {
  Json all = Json::array();
  for (const auto& [file, lines] : files) all.push_back({{"file", file}, {"lines", lines}});
  return all;
}

Json or_null(const std::optional<std::int64_t>& number) { return number ? Json(*number) : Json(nullptr); }

Json test_json(const TestsReport& report, const TestRecord& test) {
  Json json{{"run_uuid", test.run_uuid},
            {"test", test.test},
            {"runner", test.runner},
            {"status", status_of(test)},
            {"flaky", test.flaky},
            {"tries", test.tries},
            {"processes", test.processes},
            {"start_ns", or_null(test.start_ns)},
            {"duration_ns", or_null(test.duration_ns)},
            {"user_us", or_null(test.user_us)},
            {"system_us", or_null(test.system_us)},
            {"max_rss_kib", or_null(test.max_rss_kib)}};
  json["inside_upid"] = test.said ? Json(raw(test.said->upid)) : Json(nullptr);
  if (report.rest) {
    json["result"] = test.result ? Json(word_of(*test.result)) : Json(nullptr);
    json["result_ns"] = or_null(test.result_ns);
  }
  if (report.impact) json["changed_lines"] = test.changed_lines;
  return json;
}

void write_report_json(const TestsReport& report) {
  Json json{{"tests", Json::array()}};
  for (const TestRecord& test : report.tests) json["tests"].push_back(test_json(report, test));
  if (report.rest) {
    Json& rest = json["results_without_process"] = Json::array();
    for (const JunitCase& test : *report.rest)
      rest.push_back({{"test", test.name}, {"result", word_of(test.result)}, {"result_ns", or_null(test.time_ns)}});
  }
  if (report.impact)
    json["no_test_known"] = {{"lines", lines_json(report.impact->not_run())},
                             {"lines_without_code", lines_json(report.impact->no_code())},
                             {"files", report.impact->unknown()},
                             {"new_files", report.impact->added()}};
  write_json(report.request.out(), json);
}

// In the order of the report; a test of several runs, or of several runners, once. What runs inside of a process can't be started by ctest.
std::vector<std::string> names_of(const std::vector<TestRecord>& tests) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const TestRecord& test : tests)
    if (!test.said && seen.insert(test.test).second) names.push_back(test.test);
  return names;
}

void write_list(const TestsReport& report) {
  for (const std::string& name : names_of(report.tests)) report.request.out() << visible(name) << '\n';
}

// ^(one|two)$. Without tests an expression that fits none: to ctest -R '' all fit.
void write_regex(const TestsReport& report) {
  std::string text;
  for (const std::string& name : names_of(report.tests)) {
    text += text.empty() ? "" : "|";
    for (const char c : visible(name)) {
      if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) text += '\\';
      text += c;
    }
  }
  report.request.out() << (text.empty() ? "^$" : "^(" + text + ")$") << '\n';
}

void say(const std::string& message) { std::cerr << "recount-replay: " << visible(message) << '\n'; }

// A list of names has no room for what it lacks.
void warn_of_unknown(const Impact& impact) {
  std::size_t lines = 0;
  for (const auto* files : {&impact.no_code()})
    for (const auto& file : *files) lines += file.second.size();
  for (const auto& file : impact.not_run()) lines += file.second.size();
  const std::size_t files = impact.unknown().size() + impact.added().size();
  if (lines != 0 || files != 0)
    say("no test is known for " + count_text(lines, "changed line") + " and " + count_text(files, "changed file") +
        "; --format text names them");
}

void write(const TestsReport& report) {
  const std::string_view format = report.request.format;
  if (format == "json") return write_report_json(report);
  if (format == "text") return write_text(report);
  if (format == "junit")
    return write_junit(report.request, report.history, report.tests, report.processes,
                       report.rest ? *report.rest : std::vector<JunitCase>{});
  format == "list" ? write_list(report) : write_regex(report);
  if (report.impact) warn_of_unknown(*report.impact);
}

// Nothing is folded where nobody asks: the events of a log without output say nothing of its tests.
void fold(const Request& request, bool has_output, History& history) {
  if (has_output || request.format == "junit") warn_of_divergence(request, Recount(request.log).run(&history));
}

}  // namespace

FormatNames tests_formats() {
  return {{"text", "for people"},
          {"json", "all that is known"},
          {"list", "one name a line, for xargs and for ctest --tests-from-file"},
          {"regex", "one expression that matches the names, for ctest -R"},
          {"junit", "XML for a CI: results, times, what failed, and what each test wrote"}};
}

void add_tests_options(OptionTable& options) {
  add_changed_options(options,
                      "only the tests that ran lines of the old side of this unified diff; - is standard input");
  options.add_options()("map", "the log's folder FROM is TO in the patch; may be given again, the first match counts",
                        words_value(), "FROM=TO")(
      "root", "look for the patch's names below DIR (default: the folder of the source roots)", text_value(), "DIR")(
      "ctest", "LIST is a file with the output of ctest --show-only=json-v1: names of tests", text_value(), "LIST")(
      "against", "instead of a list, what is slower, newly failing, new and gone against the good runs of a store",
      text_value(),
      "STORE")("junit", "add results and times from the JUnit file of ctest --output-junit FILE", text_value(), "FILE");
}

int run_tests(const Request& request) {
  check_tests_against(request);
  History history(request.log);
  const bool has_output = !why_no_output(request.log);
  fold(request, has_output, history);
  std::vector<SaidTest> said = said_tests_of(request.log, history);
  std::optional<QuerySession> session(std::in_place, request.log, tests_option(request.options));
  std::vector<TestRecord> tests = tests_of(*session);
  add_said_tests(std::move(said), request.log, tests);
  if (tests.empty())
    say(request.log.path() +
        ": no process is known to be a test; name them with --ctest LIST, or record with --test NAME" +
        (has_output ? "" : ", or --output all, since many frameworks say what they run"));
  if (request.options.count("against")) {
    session.reset();
    write_tests_against(request, tests);
    return kYes;
  }
  std::optional<std::vector<JunitCase>> rest;
  if (request.options.count("junit")) rest = add_results(read_junit_file(request.options.text("junit")), tests);
  std::optional<Impact> impact;
  if (auto patch = patch_option(request.options)) {
    const PathMap map = source_selection(request.options).map;
    impact.emplace(std::move(*patch));
    keep_changed(*session, map, root_option(request.options).value_or(map.apply(source_root(request.log.runs()))),
                 *impact, tests);
  }
  const std::vector<TestProcess> processes = test_processes_of(*session);
  session.reset();  // and with it the line of progress
  write({request, tests, impact ? &*impact : nullptr, rest ? &*rest : nullptr, processes, history});
  return kYes;
}

}  // namespace recount
