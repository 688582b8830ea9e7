// coverage: which lines ran.
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <ostream>

#include "replay/command.hpp"
#include "replay/history.hpp"
#include "replay/lcov.hpp"

namespace recount {
namespace {

double percent_of(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

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

void write_text(const Request& request, const std::vector<FileCoverage>& files) {
  std::ostream& out = request.out();
  const CoverageTotals totals = totals_of(files);
  const std::size_t width = request.output.width();
  for (const FileCoverage& file : files) {
    out << std::setw(6) << percent_text(file.lines_hit, file.lines.size()) << " %  "
        << std::setw(11) << std::to_string(file.lines_hit) + "/" + std::to_string(file.lines.size())
        << "  " << visible(file.file) << '\n';
    const std::string missed = missed_text(file);
    if (!missed.empty())
      out << request.paint().faint(shortened("                       not run: " + missed, width))
          << '\n';
  }
  out << std::setw(6) << percent_text(totals.lines_hit, totals.lines) << " %  " << std::setw(11)
      << std::to_string(totals.lines_hit) + "/" + std::to_string(totals.lines)
      << "  of the lines of " << count_text(files.size(), "file") << '\n';
  if (files.empty())
    out << "no line has a probe; see the notices in: recount-replay " << visible(request.log.path())
        << '\n';
}

Json line_json(const LineCoverage& line) {
  return {{"line", line.line},
          {"probes", line.probes},
          {"probes_hit", line.probes_hit},
          {"hits", line.hits},
          {"processes", line.processes},
          {"first_seq", line.first_seq ? Json(line.first_seq) : Json(nullptr)}};
}

Json file_json(const FileCoverage& file) {
  Json json{{"file", file.file},
            {"lines", file.lines.size()},
            {"lines_hit", file.lines_hit},
            {"percent", percent_of(file.lines_hit, file.lines.size())}};
  Json& lines = json["line_coverage"] = Json::array();
  for (const LineCoverage& line : file.lines) lines.push_back(line_json(line));
  Json& functions = json["functions"] = Json::array();
  for (const FunctionCoverage& f : file.functions)
    functions.push_back({{"function", f.name}, {"line", f.line}, {"hits", f.hits}});
  return json;
}

Json report_json(const Request& request, const std::vector<FileCoverage>& files) {
  const CoverageTotals totals = totals_of(files);
  Json json{{"run_uuid", request.log.run().uuid}};
  Json& all = json["files"] = Json::array();
  for (const FileCoverage& file : files) all.push_back(file_json(file));
  json["totals"] = {
      {"files", files.size()},         {"lines", totals.lines},
      {"lines_hit", totals.lines_hit}, {"percent", percent_of(totals.lines_hit, totals.lines)},
      {"functions", totals.functions}, {"functions_hit", totals.functions_hit}};
  return json;
}

void write_report(const Request& request, const std::vector<FileCoverage>& files) {
  switch (request.format) {
    case Format::text:
      return write_text(request, files);
    case Format::json:
      return write_json(request.out(), report_json(request, files));
    case Format::lcov:
      return write_lcov(request.out(), files);
  }
}

double threshold_of(const Request& request) {
  const double percent = request.options["fail-under"].as<double>();
  if (!(percent >= 0 && percent <= 100))
    throw UsageError("--fail-under is a percentage, from 0 to 100");
  return percent;
}

// A log that was changed, or that has no lines at all, is no proof that a threshold is reached.
int judge(const std::vector<FileCoverage>& files, double threshold, const Verdict& verdict) {
  const CoverageTotals totals = totals_of(files);
  const bool reached = totals.lines != 0 && percent_of(totals.lines_hit, totals.lines) >= threshold;
  if (!reached)
    std::cerr << "recount-replay: coverage is " << percent_text(totals.lines_hit, totals.lines)
              << " %, under the threshold of " << threshold << " %\n";
  return reached && verdict.agrees() ? kYes : kNo;
}

}  // namespace

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
  const std::vector<FileCoverage> files = coverage.files();
  write_report(request, files);
  warn_of_divergence(request, verdict);
  return judged ? judge(files, threshold, verdict) : kYes;
}

}  // namespace recount
