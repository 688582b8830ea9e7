// Coverage as workflow commands of GitHub Actions: annotations beside the lines of a pull request
// that did not run.
//
// GitHub shows ten warnings and ten notices of a step and drops the rest. So the ten longest ranges
// get a warning each, and one notice says how many more there are.
#include <algorithm>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"

namespace recount {
namespace {

constexpr std::size_t kWarningsMax = 10;

struct Missed {
  const FileCoverage* file = nullptr;
  LineRange range;
};

std::string escaped(std::string_view text, std::string_view special) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : as_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (special.find(c) == std::string_view::npos)
      out += c;
    else
      out.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  }
  return out;
}

std::string property(std::string_view text) { return escaped(text, "%\r\n:,"); }
std::string message(std::string_view text) { return escaped(text, "%\r\n"); }

// All of them, the longest first.
std::vector<Missed> missed_ranges(const CoverageReport& report) {
  std::vector<Missed> all;
  for (const FileCoverage& file : report.files())
    for (const LineRange& range : ranges_not_run(file)) all.push_back({&file, range});
  std::stable_sort(all.begin(), all.end(),
                   [](const Missed& a, const Missed& b) { return a.range.count > b.range.count; });
  return all;
}

void write_warning(std::ostream& out, const CoverageReport& report, const Missed& missed) {
  const auto& [first, last, count] = missed.range;
  const std::string lines = first == last ? "Line " + std::to_string(first)
                                          : "Lines " + std::to_string(first) + " to " + std::to_string(last);
  out << "::warning file=" << property(report.relative(missed.file->file)) << ",line=" << first << ",endLine=" << last
      << ",title=Not covered::" << message(lines + " did not run") << '\n';
}

}  // namespace

void write_coverage_github(const Sheet& sheet, const CoverageReport& report) {
  const std::vector<Missed> all = missed_ranges(report);
  const std::size_t shown = std::min(all.size(), kWarningsMax);
  for (std::size_t i = 0; i < shown; ++i) write_warning(sheet.out, report, all[i]);
  const CoverageTotals& totals = report.totals();
  sheet.out << "::notice title=Coverage::" << message(percent_text(totals.lines_hit, totals.lines)) << message(" % (")
            << totals.lines_hit << " of " << count_text(totals.lines, "line") << " ran";
  if (shown < all.size()) sheet.out << "; " << count_text(all.size() - shown, "more range") << " did not";
  sheet.out << ")\n";
}

}  // namespace recount
