// One page with everything in it: the tree of folders, the lines, the functions and the sources. A
// browser makes the rest of it (replay/page/), without a network.
//
// The data is JSON in an element of the page. A line takes a distance to the line before and its
// hits; a source stands there as the log has it, compressed, and is unpacked when it is looked at:
// 2,000 files with 200,000 lines make a page of 3 MB. No '<' is left in the JSON, so that nothing
// in it can end the element or begin a comment (HTML, "Restrictions for contents of script
// elements").
#include <algorithm>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/base64.hpp"
#include "replay/text/html_page.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

std::string script_text(std::string_view text) {
  const std::string json = json_text(text);
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json)
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

class Data {
 public:
  Data(std::ostream& out, const CoverageReport& report) : out_(out), report_(report) {}

  void write() {
    const RunRecord& run = report_.runs().front();
    out_ << "{\"command\":" << script_text(shell_quoted(words_of(run.argv)))
         << ",\"started_ms\":" << run.start_unix_ns / 1'000'000 << ",\"run\":" << script_text(run.uuid)
         << ",\"more_runs\":" << report_.runs().size() - 1 << ",\"root\":" << script_text(report_.root())
         << ",\"tool\":\"recount-replay " RECOUNT_VERSION "\",\"files\":[";
    const char* separator = "\n";
    for (const FileCoverage& file : report_.files()) {
      out_ << separator;
      write(file);
      separator = ",\n";
    }
    out_ << "]}";
  }

 private:
  void write(const FileCoverage& file) {
    out_ << "{\"path\":" << script_text(report_.relative(file.file)) << ",\"lines\":[";
    std::uint32_t before = 0;
    const char* separator = "";
    for (const LineCoverage& line : file.lines) {
      out_ << separator << line.line - before;
      before = line.line;
      separator = ",";
    }
    out_ << "],\"hits\":[";
    separator = "";
    for (const LineCoverage& line : file.lines) {
      out_ << separator << line.count();
      separator = ",";
    }
    const auto is_counted = [](const LineCoverage& line) { return line.executions.has_value(); };
    out_ << (std::any_of(file.lines.begin(), file.lines.end(), is_counted) ? "],\"counted\":true" : "]");
    out_ << ",\"functions\":[";
    write_functions(file);
    out_ << "],";
    if (!file.branches.empty()) write_branches(file);
    write_exceptional(file);
    write_source(file);
    out_ << '}';
  }

  void write_functions(const FileCoverage& file) {
    const char* separator = "";
    for (const FunctionCoverage& function : file.functions) {
      out_ << separator << '[' << script_text(function.name) << ',' << function.line << ',' << function.count() << ']';
      separator = ",";
    }
  }

  // The lines that did not take all of their ways, with what is to be said of each; and how many of all were taken.
  void write_branches(const FileCoverage& file) {
    const BranchShare& share = file.branch_share;
    out_ << "\"branches\":[" << share.taken << ',' << share.known << "],\"partial\":[";
    const char* separator = "";
    for (const LineCoverage& line : file.lines) {
      if (line.hits == 0) continue;
      std::string ways;
      for (const BranchCoverage& branch : file.branches_of(line.line)) {
        if (branch.taken != false) continue;
        ways += ways.empty() ? "" : "; ";
        ways += branch.to_line == 0           ? "a way"
                : branch.to_line == line.line ? "a way within the line"
                                              : "the way to line " + std::to_string(branch.to_line);
        ways.append(" ").append(ways_word(branch));
      }
      if (ways.empty()) continue;
      out_ << separator << '[' << line.line << ',' << script_text(ways) << ']';
      separator = ",";
    }
    out_ << "],";
  }

  void write_exceptional(const FileCoverage& file) {
    out_ << "\"exceptional\":[";
    const char* separator = "";
    for (const LineCoverage& line : file.lines) {
      if (!line.is_exceptional || line.hits != 0) continue;
      out_ << separator << line.line;
      separator = ",";
    }
    out_ << "],";
  }

  void write_source(const FileCoverage& file) {
    const auto packed = report_.sources().packed(file.file);
    out_ << "\"notes\":[";
    if (!packed)
      out_ << (report_.sources().from() == SourceText::From::log
                   ? "\"The log has no text of this file.\""
                   : "\"The text of this file is neither in the log nor on the disk.\"");
    else if (report_.sources().read_from_disk().contains(file.file))
      out_ << "\"The log has no text of this file: this one was on the disk when the report was "
              "made.\"";
    else if (report_.sources().is_newer(file.file))
      out_ << "\"This text is newer than the program that ran, so its lines may be off.\"";
    out_ << "],\"source\":";
    if (packed)
      out_ << '"' << base64(*packed) << '"';
    else
      out_ << "null";
  }

  std::ostream& out_;
  const CoverageReport& report_;
};

}  // namespace

void write_coverage_data(std::ostream& out, const CoverageReport& report) { Data(out, report).write(); }

void write_coverage_html(const Sheet& sheet, const CoverageReport& report) {
  PageFrame page(sheet.out, kPageFrame);
  page.at("STYLE") << kPageStyle;
  page.at("SECTIONS") << kCoverageSections;
  write_coverage_data(page.at("DATA"), report);
  page.at("SCRIPT") << kCoverageScript << kPageScript;
  page.finish();
}

}  // namespace recount
