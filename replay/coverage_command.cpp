// coverage: which lines ran.
#include <iostream>

#include "replay/command.hpp"
#include "replay/coverage_report.hpp"
#include "replay/history.hpp"

namespace recount {
namespace {

double threshold_of(const Request& request) {
  const double percent = request.options["fail-under"].as<double>();
  if (!(percent >= 0 && percent <= 100))
    throw UsageError("--fail-under is a percentage, from 0 to 100");
  return percent;
}

// A log that was changed, or that has no lines at all, is no proof that a threshold is reached.
int judge(const CoverageTotals& totals, double threshold, const Verdict& verdict) {
  const bool reached = totals.lines != 0 && percent_of(totals.lines_hit, totals.lines) >= threshold;
  if (!reached)
    std::cerr << "recount-replay: coverage is " << percent_text(totals.lines_hit, totals.lines)
              << " %, under the threshold of " << threshold << " %\n";
  return reached && verdict.agrees() ? kYes : kNo;
}

void warn_of_nothing(const Request& request, const CoverageReport& report) {
  if (report.files().empty())
    std::cerr << "recount-replay: " << visible(request.log.path())
              << ": no line has a probe; see the notices in: recount-replay "
              << visible(request.log.path()) << '\n';
}

}  // namespace

FormatNames coverage_formats() {
  FormatNames names;
  for (const CoverageFormat& format : all_coverage_formats())
    names.push_back({format.name, format.meaning});
  return names;
}

void add_coverage_options(cxxopts::Options& options) {
  options.add_options()("fail-under", "exit with 1 if fewer lines than this ran",
                        cxxopts::value<double>(), "PERCENT");
}

int run_coverage(const Request& request) {
  const bool judged = request.options.count("fail-under") != 0;
  const double threshold = judged ? threshold_of(request) : 0;
  Coverage coverage(request.log);
  History history(request.log, &coverage);
  const Verdict verdict = Recount(request.log).run(&history);
  const CoverageReport report({request.log.run()}, coverage.files());
  find_coverage_format(request.format)
      ->write({request.out(), request.paint(), request.output.width()}, report);
  warn_of_nothing(request, report);
  warn_of_divergence(request, verdict);
  return judged ? judge(report.totals(), threshold, verdict) : kYes;
}

}  // namespace recount
