// Coverage as a table for a job's summary or a comment: the files with the most lines that did not
// run first.
//
// A summary of GitHub holds 1 MiB, a comment 64 KiB: at most kFilesMax files are listed, each with
// as many ranges as fit in a cell.
#include <algorithm>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/markdown_text.hpp"

namespace recount {
namespace {

constexpr std::size_t kFilesMax = 200;
constexpr std::size_t kRangesWidth = 80;

void write_row(std::ostream& out, const std::string& name, const CoverageTotals& totals, const std::string& ranges) {
  out << "| " << name << " | " << percent_text(totals.lines_hit, totals.lines) << " % | " << totals.lines_hit << "/"
      << totals.lines << " | " << totals.functions_hit << "/" << totals.functions << " | " << ranges << " |\n";
}

std::vector<const FileCoverage*> worst_first(const CoverageReport& report) {
  std::vector<const FileCoverage*> files;
  for (const FileCoverage& file : report.files()) files.push_back(&file);
  const auto missed = [](const FileCoverage* f) { return f->lines.size() - f->lines_hit; };
  std::stable_sort(files.begin(), files.end(), [&](const auto* a, const auto* b) { return missed(a) > missed(b); });
  return files;
}

}  // namespace

void write_coverage_markdown(const Sheet& sheet, const CoverageReport& report) {
  std::ostream& out = sheet.out;
  const CoverageTotals& totals = report.totals();
  out << "### Coverage: " << percent_text(totals.lines_hit, totals.lines) << " % of the lines\n\n"
      << "| File | Lines | ran | Functions | Lines that did not run |\n"
      << "| :--- | ---: | ---: | ---: | :--- |\n";
  write_row(out, "**" + count_text(report.files().size(), "file") + "**", totals, "");
  const std::vector<const FileCoverage*> files = worst_first(report);
  const std::size_t shown = std::min(files.size(), kFilesMax);
  for (std::size_t i = 0; i < shown; ++i)
    write_row(out, markdown_text(report.relative(files[i]->file)), totals_of(*files[i]),
              shortened(ranges_text(*files[i]), kRangesWidth));
  if (shown < files.size()) out << "\nand " << count_text(files.size() - shown, "more file") << '\n';
}

}  // namespace recount
