#include "tests/support/recording.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "tests/support/query.hpp"
#include "tests/support/source_lines.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;

std::string source_path(const std::string& name) {
  return fs::canonical(fs::path(RECOUNT_PROGRAM_SOURCES) / name).string();
}

std::map<int, int> recorded_hits(const std::string& log, const std::string& source_name) {
  std::map<int, int> hits;
  const auto rows = query(log, "SELECT line, hits FROM line_coverage WHERE file = " + quoted(source_path(source_name)));
  for (const Row& row : rows) hits[std::stoi(row[0])] = std::stoi(row[1]);
  return hits;
}

void expect_equal(Complaints& complaints, const std::string& what, const std::string& is,
                  const std::string& should_be) {
  if (is != should_be) complaints.push_back(what + " is " + is + ", not " + should_be);
}

std::string place(const std::string& source_name, int line) { return source_name + ":" + std::to_string(line); }

std::map<int, std::string> source_text(const std::string& path) {
  std::ifstream file(path);
  std::map<int, std::string> lines;
  int number = 0;
  for (std::string line; std::getline(file, line);) lines[++number] = line;
  return lines;
}

}  // namespace

std::string joined(const Complaints& complaints) {
  std::string text;
  for (const auto& complaint : complaints) text += "\n  " + complaint;
  return text;
}

Ending record(const std::string& log, const std::vector<std::string>& command, const std::string& input,
              const std::vector<std::string>& options) {
  std::vector<std::string> arguments{RECOUNT_RECORD, "-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run({.arguments = arguments, .input = input});
}

Ending replay(const std::vector<std::string>& arguments) {
  std::vector<std::string> whole{RECOUNT_REPLAY};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  return run({.arguments = whole});
}

Complaints check_log(const std::string& log, const Ending& untraced) {
  Complaints complaints;
  expect_equal(complaints, "pragma integrity_check", value(log, "PRAGMA integrity_check"), "ok");
  expect_equal(complaints, "run.status", value(log, "SELECT status FROM run"), "complete");
  expect_equal(complaints, "run.exit_code", value(log, "SELECT exit_code FROM run"),
               untraced.signal == 0 ? std::to_string(untraced.exit_code) : "null");
  expect_equal(complaints, "run.term_signal", value(log, "SELECT term_signal FROM run"),
               untraced.signal == 0 ? "null" : std::to_string(untraced.signal));
  expect_equal(complaints, "the number of processes without an end",
               value(log, "SELECT count(*) FROM process WHERE end_ns IS NULL"), "0");
  const Ending verify = replay({"verify", log});
  if (verify.status() != 0) complaints.push_back("verify: " + verify.output + verify.errors);
  return complaints;
}

Complaints check_output(const std::string& log, const Ending& traced) {
  Complaints complaints;
  std::map<std::string, std::string> written{{"1", ""}, {"2", ""}};
  for (const Row& row : query(log, "SELECT fd, text, length(CAST(text AS BLOB)) = bytes FROM output ORDER BY seq")) {
    written[row[0]] += row[1];
    if (row[2] != "1") complaints.push_back("a part of what was written to " + row[0] + " is not in the log");
  }
  if (written["1"] != traced.output) complaints.push_back("standard output is in the log as: " + written["1"]);
  if (written["2"] != traced.errors) complaints.push_back("standard error is in the log as: " + written["2"]);
  return complaints;
}

Complaints check_expected_hits(const std::string& log, const std::string& source_name) {
  const auto recorded = recorded_hits(log, source_name);
  Complaints complaints;
  for (const auto& [line, hits] : expected_hits(source_path(source_name))) {
    const auto found = recorded.find(line);
    const std::string is = found == recorded.end() ? "no line" : std::to_string(found->second);
    expect_equal(complaints, place(source_name, line) + ": hits", is, std::to_string(hits));
  }
  return complaints;
}

Complaints check_same_lines(const std::string& log, const std::string& other_log) {
  const std::string verdicts =
      "SELECT file || ':' || line || CASE WHEN hits > 0 THEN ' ran' ELSE ' did not run' END FROM line_coverage";
  const auto rows = query(log, verdicts), other_rows = query(other_log, verdicts);
  const std::set<Row> verdict(rows.begin(), rows.end()), other(other_rows.begin(), other_rows.end());
  Complaints complaints;
  for (const Row& row : verdict)
    if (!other.contains(row)) complaints.push_back("only in " + log + ": " + row[0]);
  for (const Row& row : other)
    if (!verdict.contains(row)) complaints.push_back("only in " + other_log + ": " + row[0]);
  return complaints;
}

// Where a function begins and ends, gcc's line table and gcov call other lines code, and at -O0 we follow gcov: the line
// that declares the function stands for its opening brace, a closing brace that only returns is none, nor is a class for
// the members that the compiler wrote. At -O2 each line of the table stands. That gcov really drops what we drop is
// check_equals_gcov's to see.
Complaints check_probed_lines(const std::string& log, const std::string& program, const std::string& source_name) {
  const std::regex brace(R"(^\s*((try )?\{|(struct|class) \w+ \{|\}+\)?;?|[^;]*\)\s*\{?)\s*(//.*)?$)");
  const std::regex header_or_label(R"(^\s*(\w+:|[^;]*\(.*))");
  const bool optimized = program.compare(program.size() - 3, 3, "-O2") == 0;
  const auto with_code = lines_with_code(program, source_name);
  const auto recorded = recorded_hits(log, source_name);
  const auto text = source_text(source_path(source_name));
  Complaints complaints;
  for (int line : with_code) {
    if (recorded.count(line) != 0) continue;
    if (optimized || !std::regex_search(text.at(line), brace))
      complaints.push_back(place(source_name, line) + ": not in the log");
  }
  for (const auto& [line, hits] : recorded) {
    if (with_code.count(line) == 0 && !std::regex_search(text.at(line), header_or_label))
      complaints.push_back(place(source_name, line) + ": has no code");
  }
  return complaints;
}

Complaints check_equals_gcov(const std::string& log, const std::string& gcov_program, const std::string& source_name) {
  const auto recorded = recorded_hits(log, source_name);
  const auto aside = lines_where_gcov_differs(source_path(source_name));
  const auto with_code = lines_with_code(gcov_program, source_name);
  Complaints complaints;
  int common = 0;
  for (const auto& [line, executed] : executed_lines(gcov_program, source_name)) {
    const auto found = recorded.find(line);
    if (found == recorded.end() && with_code.count(line) != 0)
      complaints.push_back(place(source_name, line) + ": code for gcov and in the line table, not in the log");
    if (found == recorded.end() || aside.count(line) != 0) continue;
    common++;
    if ((found->second > 0) == executed) continue;
    complaints.push_back(place(source_name, line) + ": gcov says " + (executed ? "executed" : "not executed"));
  }
  if (common == 0) complaints.push_back(source_name + ": no line is code for both");
  return complaints;
}

}  // namespace recount::test
