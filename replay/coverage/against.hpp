// What a report has lost and gained against that of an earlier run: --against BASE.
//
//   const CoverageChange change = change_of(base, report);
//   if (change.lower_by() > 1.5) ...
//
// A line is the same line in both if it is unchanged between the texts that the two logs have of its file (line_map.hpp); if one has
// none, if the numbers are the same. A store has no texts, only their hashes: lines of a file are compared if its text is the same in both,
// and else its share alone.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/coverage/coverage_report.hpp"
#include "replay/store/base_run.hpp"

namespace recount {

struct Covered {
  std::uint64_t lines = 0, hit = 0;
  double percent() const { return percent_of(hit, lines); }
  Covered& operator+=(const Covered& other) {
    lines += other.lines, hit += other.hit;
    return *this;
  }
  friend bool operator==(const Covered&, const Covered&) = default;
};

struct FileChange {
  std::string file;
  Covered before, now;                         // without lines: the file has none there
  std::vector<std::uint32_t> no_longer_run;    // lines that ran in the base
  std::vector<std::uint32_t> new_and_not_run;  // lines that are not code of the base
  bool only_share = false;                     // lines are not compared
  bool differs() const { return before != now || !no_longer_run.empty() || !new_and_not_run.empty(); }
};

struct CoverageChange {
  std::string base;            // the file's name
  std::optional<BaseRun> run;  // of the store that the file is
  Covered before, now;
  std::vector<FileChange> files;  // those that differ, by name
  double lower_by() const {
    return before.percent() - now.percent();
  }  // in points of a percent; negative: it is higher
};

CoverageChange change_of(const std::string& base_name, const CoverageReport& base, const CoverageReport& report);
// Against a store's newest good run. Marks and names in the log's sources don't count in a store, so `files` has them all.
CoverageChange change_since(const Store& store, const LogFile& log, const SourceSelection& selection,
                            const std::vector<FileCoverage>& files);

std::string points_text(double points);  // 25.0

// `format`: text, json or markdown.
void write_change(const Sheet& sheet, std::string_view format, const CoverageChange& change);

}  // namespace recount
