// Coverage for people: a line for each file, and beneath it the ranges that did not run.
#include <iomanip>
#include <ostream>

#include "replay/coverage_formats.hpp"

namespace recount {
namespace {

// 3-5, 9: the lines that never ran, as ranges of neighbours among those that could have.
std::string missed_text(const FileCoverage& file) {
  std::string text;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (file.lines[i].hits != 0) continue;
    std::size_t last = i;
    while (last + 1 < file.lines.size() && file.lines[last + 1].hits == 0) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(file.lines[i].line);
    if (last != i) text.append("-").append(std::to_string(file.lines[last].line));
    i = last;
  }
  return text;
}

void write_share(std::ostream& out, std::uint64_t hit, std::uint64_t all) {
  out << std::setw(6) << percent_text(hit, all) << " %  " << std::setw(11)
      << std::to_string(hit) + "/" + std::to_string(all) << "  ";
}

}  // namespace

void write_coverage_text(const Sheet& sheet, const CoverageReport& report) {
  for (const FileCoverage& file : report.files()) {
    write_share(sheet.out, file.lines_hit, file.lines.size());
    sheet.out << visible(file.file) << '\n';
    const std::string missed = missed_text(file);
    if (!missed.empty())
      sheet.out << sheet.paint.faint(
                       shortened("                       not run: " + missed, sheet.width))
                << '\n';
  }
  const CoverageTotals& totals = report.totals();
  write_share(sheet.out, totals.lines_hit, totals.lines);
  sheet.out << "of the lines of " << count_text(report.files().size(), "file") << '\n';
  write_share(sheet.out, totals.functions_hit, totals.functions);
  sheet.out << "of the functions\n";
}

}  // namespace recount
