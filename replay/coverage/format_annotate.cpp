// The sources with the hits beside each line, in the columns of gcov(1): `-` is no code, `#####`
// did not run, `=====` did not either, and only an exception leads there. With branches, 2* is a line that did not take all of its
// ways, and beneath it stands which.
#include <algorithm>
#include <iomanip>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"

namespace recount {
namespace {

constexpr int kHitsWidth = 9, kLineWidth = 5;

// A line of source as it is, but for what could command a terminal. Tabs may stay.
std::string visible_source(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t tab = line.find('\t', at);
    out += visible(line.substr(at, tab - at));
    if (tab == std::string_view::npos) return out;
    out += '\t';
    at = tab + 1;
  }
}

// ">=" as where a probe was counted often enough.
std::string count_of(const LineCoverage& line) { return (line.at_least ? ">=" : "") + std::to_string(line.count()); }

class Annotation {
 public:
  Annotation(const Sheet& sheet, const FileCoverage& file) : sheet_(sheet), file_(file) {}

  void write_head() {
    sheet_.out << sheet_.paint.strong(visible(file_.file)) << ": " << percent_text(file_.lines_hit, file_.lines.size())
               << " %, " << file_.lines_hit << " of " << count_text(file_.lines.size(), "line") << '\n';
  }

  void write_source(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      write_line(++number_, visible_source(text.substr(at, end - at)));
      at = end + 1;
    }
    write_rest("beyond the end of the source");
  }

  // The lines with code that nothing has been written for yet.
  void write_rest(const std::string& why) {
    while (next_ < file_.lines.size()) write_line(file_.lines[next_].line, "(" + why + ")");
  }

 private:
  void write_line(std::uint32_t number, const std::string& text) {
    while (next_ < file_.lines.size() && file_.lines[next_].line < number) ++next_;
    const bool code = next_ < file_.lines.size() && file_.lines[next_].line == number;
    const LineCoverage line = code ? file_.lines[next_++] : LineCoverage();
    const std::uint64_t hits = line.hits;
    const auto branches = file_.branches_of(number);
    const BranchShare ways = share_of(branches);
    const bool is_partial = hits != 0 && ways.taken < ways.known;
    const std::string missed = line.is_exceptional ? "=====" : "#####";
    const std::string share = !code ? "-" : hits == 0 ? missed : count_of(line) + (is_partial ? "*" : "");
    const auto painted = [&] {
      if (!code) return share;
      if (hits != 0) return is_partial ? sheet_.paint.warn(share) : sheet_.paint.good(share);
      return line.is_exceptional ? sheet_.paint.warn(share) : sheet_.paint.bad(share);
    };
    write_padded(share, painted());
    sheet_.out << ':' << std::setw(kLineWidth) << number << ':' << text << '\n';
    if (hits != 0) write_ways(branches);
  }

  void write_ways(std::span<const BranchCoverage> branches) {
    for (const BranchCoverage& branch : branches) {
      if (branch.taken == true) continue;
      const std::string to = branch.to_line == 0 ? "" : ", to line " + std::to_string(branch.to_line);
      sheet_.out << sheet_.paint.faint("branch " + std::to_string(branch.number) + to + ", " + ways_word(branch))
                 << '\n';
    }
  }

  // Colours have no width.
  void write_padded(const std::string& plain, const std::string& painted) {
    const auto width = static_cast<std::size_t>(kHitsWidth);
    if (plain.size() < width) sheet_.out << std::string(width - plain.size(), ' ');
    sheet_.out << painted;
  }

  const Sheet& sheet_;
  const FileCoverage& file_;
  std::uint32_t number_ = 0;
  std::size_t next_ = 0;  // of file_.lines
};

}  // namespace

void write_coverage_annotate(const Sheet& sheet, const CoverageReport& report) {
  const char* separator = "";
  for (const FileCoverage& file : report.files()) {
    sheet.out << separator;
    Annotation annotation(sheet, file);
    annotation.write_head();
    if (const auto text = report.source(file.file))
      annotation.write_source(*text);
    else
      annotation.write_rest("source not available");
    separator = "\n";
  }
}

}  // namespace recount
