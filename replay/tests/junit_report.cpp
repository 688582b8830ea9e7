#include "replay/tests/junit_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <ostream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "replay/recount/crashes.hpp"
#include "replay/recount/failure_output.hpp"
#include "replay/text/terminal_text.hpp"
#include "replay/text/xml_text.hpp"

namespace recount {
namespace {

enum class Result : std::uint8_t { passed, failed, skipped, unknown };

Result result_of(const JunitCase::Result result) {
  switch (result) {
    case JunitCase::Result::run: return Result::passed;
    case JunitCase::Result::fail: return Result::failed;
    case JunitCase::Result::notrun:
    case JunitCase::Result::disabled: return Result::skipped;
  }
  return Result::unknown;
}

// A runner knows more than the ends of processes say: a test may be expected to fail.
Result result_of(const TestRecord& test) {
  if (test.skipped) return Result::skipped;
  if (test.result) return result_of(*test.result);
  return !test.failed ? Result::unknown : *test.failed ? Result::failed : Result::passed;
}

std::string seconds_text(std::int64_t ns) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%lld.%06lld", static_cast<long long>(ns / 1'000'000'000),
                static_cast<long long>(ns % 1'000'000'000 / 1000));
  return text.data();
}

// ISO 8601 without a zone, as the format has it: UTC.
std::string clock(std::int64_t unix_ns) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm parts{};
  std::array<char, 64> text{};
  if (!gmtime_r(&seconds, &parts)) return "";
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return text.data();
}

struct Suite {
  std::string name, run_uuid;
  std::vector<const TestRecord*> tests{};
  std::vector<const JunitCase*> rest{};
};

struct Counts {
  std::size_t tests = 0, failed = 0, skipped = 0;
  std::int64_t time_ns = 0;

  void add(Result result, std::optional<std::int64_t> ns) {
    ++tests;
    failed += result == Result::failed;
    skipped += result == Result::skipped || result == Result::unknown;
    time_ns += std::max<std::int64_t>(ns.value_or(0), 0);
  }
  std::string text() const {
    return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failed) +
           "\" errors=\"0\" skipped=\"" + std::to_string(skipped) + "\" time=\"" + seconds_text(time_ns) + "\"";
  }
};

std::optional<std::int64_t> time_of(const TestRecord& test) {
  return test.result_ns ? test.result_ns : test.duration_ns;
}

Counts counts_of(const Suite& suite) {
  Counts counts;
  for (const TestRecord* const test : suite.tests) counts.add(result_of(*test), time_of(*test));
  for (const JunitCase* const test : suite.rest) counts.add(result_of(test->result), test->time_ns);
  return counts;
}

class JunitWriter {
 public:
  JunitWriter(const Request& request, const History& history, const Sources& sources)
      : out_(request.out()),
        log_(request.log),
        history_(history),
        names_(request.log),
        texts_(request.log),
        said_(request.log, history, sources),
        crashes_(request.log, history),
        failures_(failures_of(history)) {
    for (std::size_t i = 0; i < failures_.size(); ++i) failure_at_[raw(failures_[i].process->upid)] = i;
    for (const OutputRecord& record : history.outputs()) written_[raw(record.upid)].push_back(&record);
  }

  void write(const std::vector<Suite>& suites, const std::vector<TestProcess>& processes) {
    for (const TestProcess& process : processes)
      processes_[{process.run_uuid, process.runner, process.test}].push_back(process.upid);
    Counts all;
    for (const Suite& suite : suites) {
      const Counts counts = counts_of(suite);
      all.tests += counts.tests, all.failed += counts.failed, all.skipped += counts.skipped;
      all.time_ns += counts.time_ns;
    }
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"recount\"" << all.text() << ">\n";
    for (const Suite& suite : suites) write_suite(suite);
    out_ << "</testsuites>\n";
  }

 private:
  using Processes = std::vector<const ProcessRecord*>;  // by upid

  void write_suite(const Suite& suite) {
    out_ << "<testsuite name=\"" << xml_text(suite.name) << '"' << counts_of(suite).text();
    for (const RunRecord& run : log_.runs())
      if (run.uuid == suite.run_uuid)
        out_ << " timestamp=\"" << clock(run.start_unix_ns) << "\" hostname=\"" << xml_text(run.hostname) << '"';
    out_ << ">\n";
    for (const TestRecord* const test : suite.tests) write_test(suite, *test);
    for (const JunitCase* const test : suite.rest) write_rest(*test);
    out_ << "</testsuite>\n";
  }

  void write_test(const Suite& suite, const TestRecord& test) {
    const Processes processes = processes_of(test);
    const Failure* const failure = failure_of(processes);
    const FailureOutput* const said = failure ? &said_.of(*failure) : nullptr;
    out_ << "<testcase name=\"" << xml_text(test.test) << "\" classname=\"" << xml_text(suite.name) << "\" time=\""
         << seconds_text(std::max<std::int64_t>(time_of(test).value_or(0), 0)) << '"';
    const Result result = result_of(test);
    if (result == Result::failed && said && said->check)
      out_ << " file=\"" << xml_text(said->check->file) << "\" line=\"" << said->check->line << '"';
    out_ << ">\n";
    if (test.said && result == Result::failed)
      write_said(*test.said);
    else
      write_result(result, failure, said);
    write_stream(processes, false, "system-out");
    write_stream(processes, true, "system-err");
    out_ << "</testcase>\n";
  }

  void write_rest(const JunitCase& test) {
    out_ << "<testcase name=\"" << xml_text(test.name) << "\" classname=\"" << xml_text(test.classname) << "\" time=\""
         << seconds_text(std::max<std::int64_t>(test.time_ns.value_or(0), 0)) << "\">\n";
    const Result result = result_of(test.result);
    if (result == Result::failed) out_ << "<failure message=\"no process of the log is this test\"></failure>\n";
    if (result == Result::skipped) out_ << "<skipped message=\"" << word_of(test.result) << "\"/>\n";
    out_ << "</testcase>\n";
  }

  void write_said(const SaidTest& test) {
    const std::string first = !test.message.empty() ? test.message
                              : test.lines.empty()  ? "its framework says that it failed"
                                                    : test.lines.front();
    out_ << "<failure message=\"" << xml_text(first) << "\" type=\"check\">";
    for (const std::string& line : test.lines) out_ << xml_text(line) << '\n';
    out_ << "</failure>\n";
  }

  void write_result(Result result, const Failure* failure, const FailureOutput* said) {
    if (result == Result::unknown) out_ << "<skipped message=\"the log does not tell whether it passed\"/>\n";
    if (result == Result::skipped) out_ << "<skipped/>\n";
    if (result != Result::failed) return;
    out_ << "<failure message=\"" << xml_text(message_of(failure, said)) << "\" type=\""
         << (said && said->check ? "check" : "end") << "\">";
    if (said && said->check)
      for (const OutputLine& line : said->check->around) out_ << xml_text(line.text) << '\n';
    out_ << "</failure>\n";
  }

  // How it ended, and the most telling line.
  std::string message_of(const Failure* failure, const FailureOutput* said) {
    if (!failure) return "its runner says that it failed";
    const std::string end = ending_of(Paint(false), log_, names_, *failure->process);
    if (said->check) return end + ": " + said->check->message().text;
    if (const auto crash = crashes_.of(*failure->process); crash && !crash->words.empty())
      return end + ": " + crash->words;
    const auto& last = said->errors.empty() ? said->output : said->errors;
    return last.empty() || last.back().left_out != 0 ? end : end + ": " + last.back().text;
  }

  // Those of the test and all beneath them. A parent is older than its child.
  Processes processes_of(const TestRecord& test) const {
    const auto found = processes_.find({test.run_uuid, test.runner, test.test});
    if (found == processes_.end()) return {};
    std::unordered_set<std::uint32_t> own;
    std::vector<Upid> left = found->second;
    while (!left.empty()) {
      const ProcessRecord* const process = history_.process(left.back());
      left.pop_back();
      if (process && own.insert(raw(process->upid)).second)
        left.insert(left.end(), process->children.begin(), process->children.end());
    }
    Processes processes;
    for (const std::uint32_t upid : own) processes.push_back(history_.process(Upid{upid}));
    std::sort(processes.begin(), processes.end(),
              [](const ProcessRecord* a, const ProcessRecord* b) { return a->upid < b->upid; });
    return processes;
  }

  // The first in the order in which failures are told.
  const Failure* failure_of(const Processes& processes) const {
    std::size_t first = failures_.size();
    for (const ProcessRecord* const process : processes)
      if (const auto at = failure_at_.find(raw(process->upid)); at != failure_at_.end())
        first = std::min(first, at->second);
    return first == failures_.size() ? nullptr : &failures_[first];
  }

  void write_stream(const Processes& processes, bool errors, const char* name) {
    std::vector<const OutputRecord*> records;
    for (const ProcessRecord* const process : processes)
      if (const auto found = written_.find(raw(process->upid)); found != written_.end())
        for (const OutputRecord* const record : found->second)
          if ((record->fd == kStandardError) == errors) records.push_back(record);
    if (records.empty()) return;
    std::sort(records.begin(), records.end(), [](const auto* a, const auto* b) { return a->seq < b->seq; });
    out_ << '<' << name << '>';
    WholeCharacters whole;
    std::map<OutputStream, std::int64_t> left_out;
    for (const OutputRecord* const record : records)
      for (OutputPiece& piece : texts_.of(*record)) {
        std::int64_t& missing = left_out[OutputStream(*record)];
        missing += piece.left_out;
        if (piece.text.empty()) continue;
        if (missing != 0) out_ << '\n' << left_out_text(std::exchange(missing, 0)) << '\n';
        out_ << xml_lines(without_colours(whole.take(*record, std::move(piece)).text));
      }
    for (const auto& [stream, missing] : left_out)
      if (missing != 0) out_ << '\n' << left_out_text(missing) << '\n';
    out_ << "</" << name << ">\n";
  }

  std::ostream& out_;
  const LogFile& log_;
  const History& history_;
  Names names_;
  OutputText texts_;
  FailureOutputs said_;
  Crashes crashes_;
  std::vector<Failure> failures_;
  std::unordered_map<std::uint32_t, std::size_t> failure_at_;                    // of failures_, by upid
  std::unordered_map<std::uint32_t, std::vector<const OutputRecord*>> written_;  // by upid
  std::map<std::array<std::string, 3>, std::vector<Upid>> processes_;            // by run, runner and test
};

// In the order of the report.
std::vector<Suite> suites_of(const std::vector<TestRecord>& tests, const std::vector<JunitCase>& rest) {
  std::vector<Suite> suites;
  for (const TestRecord& test : tests) {
    auto suite = std::find_if(suites.begin(), suites.end(), [&test](const Suite& known) {
      return known.name == test.runner && known.run_uuid == test.run_uuid;
    });
    if (suite == suites.end()) suite = suites.insert(suite, {test.runner, test.run_uuid});
    suite->tests.push_back(&test);
  }
  if (!rest.empty()) suites.push_back({"without a process in the log", ""});
  for (const JunitCase& test : rest) suites.back().rest.push_back(&test);
  return suites;
}

}  // namespace

void write_junit(const Request& request, const History& history, const std::vector<TestRecord>& tests,
                 const std::vector<TestProcess>& processes, const std::vector<JunitCase>& rest) {
  const Sources sources(request.log);
  JunitWriter(request, history, sources).write(suites_of(tests, rest), processes);
}

}  // namespace recount
