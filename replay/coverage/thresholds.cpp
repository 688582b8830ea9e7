#include "replay/coverage/thresholds.hpp"

#include <sstream>

namespace recount {
namespace {

constexpr std::size_t kFilesNamed = 10;

struct Share {
  std::uint64_t hit = 0, all = 0;
  bool below(double percent) const { return percent_of(hit, all) < percent; }
};

std::string sentence(const std::string& what, const char* things, Share share, double percent) {
  std::ostringstream text;
  text << what << "coverage of " << things << " is " << percent_text(share.hit, share.all) << " % (" << share.hit
       << " of " << share.all << "), under the threshold of " << percent << " %";
  return text.str();
}

void judge_whole(std::vector<std::string>& found, const char* things, Share share, std::optional<double> percent) {
  if (percent && share.below(*percent)) found.push_back(sentence("", things, share, *percent));
}

template <typename ShareOf>
void judge_files(std::vector<std::string>& found, const CoverageReport& report, const char* things,
                 std::optional<double> percent, ShareOf share_of) {
  if (!percent) return;
  std::size_t under = 0;
  for (const FileCoverage& file : report.files())
    if (share_of(file).below(*percent) && ++under <= kFilesNamed)
      found.push_back(sentence(file.file + ": ", things, share_of(file), *percent));
  if (under > kFilesNamed)
    found.push_back(count_text(under - kFilesNamed, "more file") + " under the threshold for " + things);
}

}  // namespace

std::vector<std::string> shortfalls(const CoverageReport& report, const Thresholds& thresholds) {
  const CoverageTotals& totals = report.totals();
  std::vector<std::string> found;
  judge_whole(found, "lines", {totals.lines_hit, totals.lines}, thresholds.lines);
  if (thresholds.functions && totals.functions == 0 && totals.lines != 0)
    found.push_back("coverage of functions is not known: no line that counts belongs to one");
  judge_whole(found, "functions", {totals.functions_hit, totals.functions}, thresholds.functions);
  if (thresholds.branches && totals.branches.known == 0)
    found.push_back("coverage of branches is not known: record them with recount-record --branches");
  judge_whole(found, "branches", {totals.branches.taken, totals.branches.known}, thresholds.branches);
  judge_files(found, report, "lines", thresholds.file_lines, [](const FileCoverage& file) {
    return Share{file.lines_hit, file.lines.size()};
  });
  judge_files(found, report, "functions", thresholds.file_functions, [](const FileCoverage& file) {
    return Share{file.functions_hit, file.functions.size()};
  });
  return found;
}

}  // namespace recount
