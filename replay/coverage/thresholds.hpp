// What coverage has to reach (--fail-under and its kin), and what of it falls short.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replay/coverage/coverage_report.hpp"

namespace recount {

// Percentages, 0 to 100. Not set: nothing is asked.
struct Thresholds {
  std::optional<double> lines, functions, branches;  // of the whole report
  std::optional<double> file_lines, file_functions;  // of each file

  bool any() const { return lines || functions || branches || file_lines || file_functions; }
};

// A sentence for each thing that is under its threshold; of files at most ten, and how many more.
// The share is rounded down, as everywhere: 79.96 % is not 80.
std::vector<std::string> shortfalls(const CoverageReport& report, const Thresholds& thresholds);

}  // namespace recount
