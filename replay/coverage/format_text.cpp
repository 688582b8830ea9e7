// Coverage for people: a line for each file, and beneath it the ranges that did not run.
#include <iomanip>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"

namespace recount {
namespace {

void write_share(std::ostream& out, std::uint64_t hit, std::uint64_t all) {
  out << std::setw(6) << percent_text(hit, all) << " %  " << std::setw(11)
      << std::to_string(hit) + "/" + std::to_string(all) << "  ";
}

// 7 (to 9), 12: lines with a way that was never taken although the jump was come to, and where that leads.
std::string ways_text(const FileCoverage& file) {
  std::string text, before;
  for (const BranchCoverage& branch : file.branches) {
    if (branch.taken != false || branch.reached != true) continue;
    const bool leads_on = branch.to_line != 0 && branch.to_line != branch.line;
    const std::string way =
        std::to_string(branch.line) + (leads_on ? " (to " + std::to_string(branch.to_line) + ")" : "");
    if (way != before) text.append(text.empty() ? "" : ", ").append(way);
    before = way;
  }
  return text;
}

std::string exceptional_text(const FileCoverage& file) {
  std::vector<std::uint32_t> lines;
  for (const LineCoverage& line : file.lines)
    if (line.is_exceptional && line.hits == 0) lines.push_back(line.line);
  return ranges_text(lines);
}

void write_branches(const Sheet& sheet, BranchShare share) {
  if (share.all == 0) return;
  write_share(sheet.out, share.taken, share.known);
  sheet.out << "of the branches";
  if (share.known != share.all) sheet.out << "; of " << share.all - share.known << " more nobody knows";
  sheet.out << '\n';
}

}  // namespace

void write_coverage_text(const Sheet& sheet, const CoverageReport& report) {
  for (const FileCoverage& file : report.files()) {
    write_share(sheet.out, file.lines_hit, file.lines.size());
    sheet.out << visible(file.file) << '\n';
    const std::string missed = ranges_text(file);
    if (!missed.empty())
      sheet.out << sheet.paint.faint(shortened("                       not run: " + missed, sheet.width)) << '\n';
    if (const std::string lines = exceptional_text(file); !lines.empty())
      sheet.out << sheet.paint.faint(shortened("                       only by an exception: " + lines, sheet.width))
                << '\n';
    if (const std::string ways = ways_text(file); !ways.empty())
      sheet.out << sheet.paint.faint(shortened("                       not taken: " + ways, sheet.width)) << '\n';
  }
  const CoverageTotals& totals = report.totals();
  write_share(sheet.out, totals.lines_hit, totals.lines);
  sheet.out << "of the lines of " << count_text(report.files().size(), "file") << '\n';
  write_share(sheet.out, totals.functions_hit, totals.functions);
  sheet.out << "of the functions\n";
  write_branches(sheet, totals.branches);
}

}  // namespace recount
