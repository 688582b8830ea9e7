// What a report has lost and gained against that of an earlier run: --against BASE.
//
//   const CoverageChange change = change_of(base, report);
//   if (change.lower_by() > 1.5) ...
//
// A line is the same line in both if it is unchanged between the texts that the two logs have of its file (line_map.hpp); if one has
// none, if the numbers are the same.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "replay/coverage/coverage_report.hpp"

namespace recount {

struct Covered {
  std::uint64_t lines = 0, hit = 0;
  double percent() const { return percent_of(hit, lines); }
  friend bool operator==(const Covered&, const Covered&) = default;
};

struct FileChange {
  std::string file;
  Covered before, now;                         // without lines: the file has none there
  std::vector<std::uint32_t> no_longer_run;    // lines that ran in the base
  std::vector<std::uint32_t> new_and_not_run;  // lines that are not code of the base
  bool differs() const { return before != now || !no_longer_run.empty() || !new_and_not_run.empty(); }
};

struct CoverageChange {
  std::string base;  // the log's name
  Covered before, now;
  std::vector<FileChange> files;  // those that differ, by name
  double lower_by() const {
    return before.percent() - now.percent();
  }  // in points of a percent; negative: it is higher
};

CoverageChange change_of(const std::string& base_name, const CoverageReport& base, const CoverageReport& report);

std::string points_text(double points);  // 25.0

// `format`: text, json or markdown.
void write_change(const Sheet& sheet, std::string_view format, const CoverageChange& change);

}  // namespace recount
