// suspect: the lines and functions that ran where it failed, and hardly where it did not.
#include "replay/command/command.hpp"

#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>

#include "replay/coverage/source_options.hpp"
#include "replay/log/source_text.hpp"
#include "replay/query/query_session.hpp"
#include "replay/tests/suspect.hpp"
#include "replay/text/line_map.hpp"

namespace recount {
namespace {

enum class Side { by_ending, pass, fail };

struct NamedLog {
  std::string path;
  Side side;
};

// --pass A B --fail C: what stands behind such an option is of its kind, up to the next.
std::vector<NamedLog> logs_of(const ParsedOptions& options) {
  std::vector<NamedLog> logs;
  Side side = Side::by_ending;
  for (const auto& [name, value] : options.arguments()) {
    if (name == "pass") side = Side::pass;
    if (name == "fail") side = Side::fail;
    if (name == "pass" || name == "fail" || name == "log") logs.push_back({value, side});
  }
  if (logs.empty()) throw UsageError("no log is named; name some with --pass and some with --fail");
  const bool any_side = logs.back().side != Side::by_ending;
  if (any_side && logs.front().side == Side::by_ending)
    throw UsageError("it is not said of " + logs.front().path + " whether it passed; name it after --pass or --fail");
  return logs;
}

// An execution: a run, or a test of one. The rows of an execution follow each other.
struct Question {
  const char* verdicts;  // key, failed (NULL: nobody knows)
  const char* lines;     // key, file, line, function
};

constexpr Question kRuns{
    "SELECT run_uuid, CASE WHEN term_signal IS NOT NULL THEN 1 ELSE exit_code <> 0 END FROM run",
    "SELECT run_uuid, file, line, MIN(function) FROM hit WHERE line IS NOT NULL GROUP BY run_uuid, file, line "
    "ORDER BY run_uuid"};
constexpr Question kTests{
    "SELECT run_uuid || ' ' || runner || ' ' || test, failed FROM test",
    "SELECT run_uuid || ' ' || runner || ' ' || test AS key, file, line, function FROM test_line ORDER BY key"};

class Investigation {
 public:
  Investigation(const Question& question, const SourceSelection& selection)
      : question_(question), selection_(selection), sources(selection) {}

  // A line is told by its number in the text that the last log has of its file: one of a run that failed, if there is one.
  void read(const std::vector<NamedLog>& names) {
    for (const NamedLog& named : names) open(named);
    std::stable_partition(logs_.begin(), logs_.end(), [](const Opened& one) { return !one.any_failed(); });
    for (const Opened& one : logs_) sources.add(*one.log);
    for (Opened& one : logs_) guarded(one, [&] { read_lines(one); });
  }

  Spectrum spectrum;
  std::uint64_t unknown = 0;  // executions of which nobody knows how they ended

 private:
  struct Opened {
    std::unique_ptr<LogFile> log;
    std::unique_ptr<QuerySession> session;
    std::map<std::string, bool> verdicts;  // whether they failed
    bool any_failed() const {
      return std::any_of(verdicts.begin(), verdicts.end(), [](const auto& one) { return one.second; });
    }
  };

  static std::string text(const Rows& rows, std::size_t column) { return std::string(rows.bytes(column)); }

  template <typename Work>
  static void guarded(const Opened& one, Work work) {
    try {
      work();
    } catch (const SqliteError& error) {
      throw FileError(one.log->path(), explain(error));
    }
  }

  void open(const NamedLog& named) {
    Opened one{std::make_unique<LogFile>(named.path), nullptr, {}};
    guarded(one, [&] {
      one.session = std::make_unique<QuerySession>(*one.log);
      one.verdicts = verdicts_of(*one.session, named);
    });
    logs_.push_back(std::move(one));
  }

  std::map<std::string, bool> verdicts_of(QuerySession& session, const NamedLog& named) {
    std::map<std::string, bool> verdicts;
    Rows rows = session.select(question_.verdicts);
    while (rows.next()) {
      const std::string key = text(rows, 0);
      const bool known = named.side != Side::by_ending || rows.type(1) != Rows::Type::null;
      const bool failed = named.side == Side::by_ending ? rows.integer(1) != 0 : named.side == Side::fail;
      if (!known)
        ++unknown;
      else if (const auto [at, is_new] = seen_.emplace(key, failed); is_new)
        verdicts.emplace(key, failed);
      else if (at->second != failed)
        throw UsageError(named.path + " is named both after --pass and after --fail");
    }
    return verdicts;
  }

  // Numbers of one log's lines in the texts that all are told by.
  class Numbers {
   public:
    Numbers(const LogFile& log, const SourceText& shown, const SourceSelection& selection)
        : log_(log), shown_(shown), map_(selection.map), own_(selection, SourceText::From::log) {
      own_.add(log);
    }
    // What is not in the shown text is told of a file of its own.
    RanLine line(const std::string& path, std::uint32_t line, std::string function) {
      std::string file = map_.apply(path);
      const std::uint32_t number = map_of(file).to(line);
      if (number == 0) return {file + " of " + log_.path(), line, std::move(function)};
      return {std::move(file), number, std::move(function)};
    }

   private:
    const LineMap& map_of(const std::string& file) {
      const auto [at, fresh] = maps_.try_emplace(file);
      if (!fresh) return at->second;
      const auto own = own_.peek(file), shown = own ? shown_.peek(file) : std::nullopt;
      if (own && shown) at->second = LineMap(*own, *shown);
      return at->second;
    }

    const LogFile& log_;
    const SourceText& shown_;
    const PathMap& map_;
    SourceText own_;
    std::map<std::string, LineMap> maps_;
  };

  // An execution in which nothing of ours ran counts, too.
  void read_lines(Opened& one) {
    Numbers numbers(*one.log, sources, selection_);
    Rows rows = one.session->select(question_.lines);
    std::string current;
    bool is_counted = false;
    while (rows.next()) {
      if (const std::string key = text(rows, 0); key != current || !is_counted) {
        const auto verdict = one.verdicts.find(current = key);
        is_counted = verdict != one.verdicts.end();
        if (!is_counted) continue;
        spectrum.begin(verdict->second);
        one.verdicts.erase(verdict);
      }
      spectrum.ran(numbers.line(text(rows, 1), static_cast<std::uint32_t>(rows.integer(2)), text(rows, 3)));
    }
    for (const auto& [key, failed] : one.verdicts) spectrum.begin(failed);
  }

  Question question_;
  SourceSelection selection_;
  std::vector<Opened> logs_;

 public:
  SourceText sources;  // it asks the logs, and ends before they do
  std::map<std::string, bool> seen_;
};

struct SuspectReport {
  const Investigation& what;
  const char* noun;  // run, test
  std::vector<Suspicion> lines, functions;
  std::size_t shown;

  const std::vector<Suspicion> first(const std::vector<Suspicion>& all) const {
    return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), shown))};
  }
  std::string place(const Suspicion& one) const { return visible(one.file) + ":" + std::to_string(one.line); }
};

std::string score_text(double score) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << score;
  return text.str();
}

std::string share_text(std::uint64_t part, std::uint64_t all) {
  return std::to_string(part) + "/" + std::to_string(all);
}

std::string head_text(const SuspectReport& report) {
  const Spectrum& spectrum = report.what.spectrum;
  std::string text =
      count_text(spectrum.failed(), report.noun) + " failed, " + std::to_string(spectrum.passed()) + " passed";
  if (report.what.unknown != 0) text += ", " + std::to_string(report.what.unknown) + " with an unknown end";
  return text;
}

void write_text(std::ostream& out, const SuspectReport& report) {
  const Spectrum& spectrum = report.what.spectrum;
  out << head_text(report) << '\n';
  if (report.lines.empty() && report.functions.empty()) {
    out << "\nnothing separates them: no line ran in a larger share of the failed " << report.noun
        << "s than of the passed ones\n";
    return;
  }
  for (const bool lines : {true, false}) {
    const auto& all = lines ? report.lines : report.functions;
    if (all.empty()) continue;
    out << "\nscore  failed  passed  " << (lines ? "line" : "function") << '\n';
    for (const Suspicion& one : report.first(all)) {
      out << score_text(one.score) << "  " << std::setw(6) << share_text(one.failed, spectrum.failed()) << "  "
          << std::setw(6) << share_text(one.passed, spectrum.passed()) << "  ";
      if (!lines) out << visible(one.function) << "  ";
      out << report.place(one);
      if (lines) out << "  " << visible(report.what.sources.line(one.file, one.line));
      out << '\n';
    }
    if (all.size() > report.shown) out << "and " << all.size() - report.shown << " more: -n 0 shows all\n";
  }
}

// A bar in a cell would end it, and markup in a name would be markup.
std::string code(const std::string& text) {
  std::string safe;
  for (const char c : visible(text)) safe += c == '|' ? "\\|" : c == '`' ? "'" : std::string(1, c);
  return safe.empty() ? "" : "`" + safe + "`";
}

void write_markdown(std::ostream& out, const SuspectReport& report) {
  const Spectrum& spectrum = report.what.spectrum;
  out << head_text(report)
      << "\n\n| score | failed | passed | line | function | source |\n| ---: | ---: | ---: | :--- | :--- | :--- |\n";
  for (const Suspicion& one : report.first(report.lines))
    out << "| " << score_text(one.score) << " | " << share_text(one.failed, spectrum.failed()) << " | "
        << share_text(one.passed, spectrum.passed()) << " | " << code(one.file + ":" + std::to_string(one.line))
        << " | " << code(one.function) << " | " << code(report.what.sources.line(one.file, one.line)) << " |\n";
}

Json suspicion_json(const SuspectReport& report, const Suspicion& one, bool is_line) {
  Json json{{"rank", one.rank},         {"score", one.score},   {"file", one.file},    {"line", one.line},
            {"function", one.function}, {"failed", one.failed}, {"passed", one.passed}};
  if (is_line) json["source"] = report.what.sources.line(one.file, one.line);
  return json;
}

Json report_json(const SuspectReport& report) {
  Json json{{"of", report.noun},
            {"failed", report.what.spectrum.failed()},
            {"passed", report.what.spectrum.passed()},
            {"unknown", report.what.unknown},
            {"lines", Json::array()},
            {"functions", Json::array()}};
  for (const Suspicion& one : report.first(report.lines)) json["lines"].push_back(suspicion_json(report, one, true));
  for (const Suspicion& one : report.first(report.functions))
    json["functions"].push_back(suspicion_json(report, one, false));
  return json;
}

bool is_by_test(const ParsedOptions& options) {
  const std::string by = options.text("by");
  if (by != "run" && by != "test") throw UsageError("--by " + by + ": it takes run or test");
  return by == "test";
}

void check(const Investigation& all, const std::string& noun) {
  if (all.spectrum.failed() == 0)
    throw UsageError("no " + noun + " failed" + (noun == "run" ? "; name the log of a failed one with --fail" : ""));
  if (all.spectrum.passed() == 0)
    std::cerr << "recount-replay: no " << noun << " passed: all lines that ran each time are as suspicious\n";
}

}  // namespace

FormatNames suspect_formats() {
  return {{"text", "for people: lines with their source, then functions"},
          {"json", "all that is known"},
          {"markdown", "a table of lines, for a job's summary or a comment"}};
}

void add_suspect_options(OptionTable& options) {
  options.add_options()("pass", "the logs of runs that passed", words_value(), "LOG...")(
      "fail", "the logs of runs that failed; without both options, the exit status of each run decides", words_value(),
      "LOG...")("by", "compare runs, or the tests in the logs by how they ended", text_value("run"), "run|test")(
      "n", "show the first N lines and functions; 0: all", text_value("20"), "N");
  add_map_option(options);
}

int run_suspect(const LogsRequest& request) {
  const std::vector<NamedLog> logs = logs_of(request.options);
  const bool by_test = is_by_test(request.options);
  if (by_test && logs.front().side != Side::by_ending)
    throw UsageError("--by test goes by how each test ended; name the logs without --pass and --fail");
  Investigation all(by_test ? kTests : kRuns, {.map = map_option(request.options)});
  all.read(logs);
  check(all, by_test ? "test" : "run");
  const std::uint64_t shown = number_option(request.options, "n");
  const SuspectReport report{all, by_test ? "test" : "run", all.spectrum.lines(), all.spectrum.functions(),
                             shown == 0 ? SIZE_MAX : static_cast<std::size_t>(shown)};
  Output output(request.output);
  if (request.format == "json")
    write_json(output.stream(), report_json(report));
  else if (request.format == "markdown")
    write_markdown(output.stream(), report);
  else
    write_text(output.stream(), report);
  output.commit();
  return kYes;
}

}  // namespace recount
