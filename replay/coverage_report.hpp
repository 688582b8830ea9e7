// What every coverage report is written from: the files with their lines and functions, whose run
// they are of, and from where paths are counted.
//
//   CoverageReport report({log.run()}, coverage.files());
//   report.change_files(...);       // whoever narrows a report does so before it is written
//   find_coverage_format("lcov")->write({output.stream()}, report);
//
// A writer (format_NAME.cpp, one each) gets the report and a sheet to write on. It writes as it
// goes and keeps nothing per line: a report of 200,000 lines costs the memory of the report itself.
//
// Paths. In the log they are absolute. Most consumers want them relative to the top of the
// repository: root() is the deepest folder that holds all source roots of the recording, unless
// somebody says otherwise (--root); relative() is a file's path from there. A file that is not
// below it keeps its absolute path.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/coverage.hpp"
#include "replay/log_file.hpp"
#include "replay/text.hpp"

namespace recount {

class CoverageReport {
 public:
  CoverageReport(std::vector<RunRecord> runs, std::vector<FileCoverage> files);

  const std::vector<RunRecord>& runs() const noexcept { return runs_; }       // at least one
  const std::vector<FileCoverage>& files() const noexcept { return files_; }  // by name
  const CoverageTotals& totals() const noexcept { return totals_; }
  const std::string& root() const noexcept { return root_; }  // no slash at its end but for "/"
  std::string relative(const std::string& file) const;

  void set_root(std::string root);  // an absolute path
  // Has `change` work on each file, drops those that have no line left, and counts again.
  void change_files(const std::function<void(FileCoverage&)>& change);

 private:
  std::vector<RunRecord> runs_;
  std::vector<FileCoverage> files_;
  CoverageTotals totals_;
  std::string root_;
};

// Where a report is written: plain, unless a terminal is there.
struct Sheet {
  std::ostream& out;
  Paint paint{false};
  std::size_t width = 0;  // columns; 0: no limit
};

struct CoverageFormat {
  std::string_view name;
  std::string_view meaning;  // and who reads it
  void (*write)(const Sheet& sheet, const CoverageReport& report);
};

std::span<const CoverageFormat> all_coverage_formats();  // the first is the default
const CoverageFormat* find_coverage_format(std::string_view name);

// 0 to 100. Where there is nothing to run, all of it ran.
double percent_of(std::uint64_t part, std::uint64_t all);

}  // namespace recount
