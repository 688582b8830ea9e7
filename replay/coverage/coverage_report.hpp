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
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/log/source_text.hpp"
#include "replay/recount/coverage.hpp"
#include "replay/text/text.hpp"

namespace recount {

// The deepest folder that holds all source roots of the runs; "/" if none is known.
std::string source_root(const std::vector<RunRecord>& runs);

class CoverageReport {
 public:
  // `sources` is asked for the text of a file, and has to live as long as the report.
  CoverageReport(std::vector<RunRecord> runs, std::vector<FileCoverage> files, const SourceText& sources);

  const std::vector<RunRecord>& runs() const noexcept { return runs_; }       // at least one
  const std::vector<FileCoverage>& files() const noexcept { return files_; }  // by name
  const CoverageTotals& totals() const noexcept { return totals_; }
  const std::string& root() const noexcept { return root_; }  // no slash at its end but for "/"
  std::string relative(const std::string& file) const;
  std::optional<std::string> source(const std::string& file) const { return sources_->text(file); }
  const SourceText& sources() const noexcept { return *sources_; }

  void set_root(std::string root);  // an absolute path
  // Has `change` work on each file, drops those that have no line left, and counts again.
  void change_files(const std::function<void(FileCoverage&)>& change);

 private:
  const SourceText* sources_;
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

// Neighbours among the lines with code that did not run: `first` to `last`, `count` lines of code.
struct LineRange {
  std::uint32_t first = 0, last = 0;
  std::size_t count = 0;
};
std::vector<LineRange> ranges_not_run(const FileCoverage& file);
std::string ranges_text(const FileCoverage& file);  // of them: 3-5, 9

// The names of the file's functions, for formats that know a function by its name: where several
// have the same, the line of the declaration is appended.
std::vector<std::string> unique_names(const FileCoverage& file, std::string FunctionCoverage::*name);

// 0 to 100. Where there is nothing to run, all of it ran.
double percent_of(std::uint64_t part, std::uint64_t all);

}  // namespace recount
