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

}  // namespace

void write_coverage_text(const Sheet& sheet, const CoverageReport& report) {
  for (const FileCoverage& file : report.files()) {
    write_share(sheet.out, file.lines_hit, file.lines.size());
    sheet.out << visible(file.file) << '\n';
    const std::string missed = ranges_text(file);
    if (!missed.empty())
      sheet.out << sheet.paint.faint(shortened("                       not run: " + missed, sheet.width)) << '\n';
  }
  const CoverageTotals& totals = report.totals();
  write_share(sheet.out, totals.lines_hit, totals.lines);
  sheet.out << "of the lines of " << count_text(report.files().size(), "file") << '\n';
  write_share(sheet.out, totals.functions_hit, totals.functions);
  sheet.out << "of the functions\n";
}

}  // namespace recount
