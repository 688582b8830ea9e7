#include "replay/coverage/coverage_report.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace recount {
namespace {

// The part of two absolute paths that is the same in both, whole names only.
std::string common_folder(const std::string& a, const std::string& b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const bool a_ends = differ.first == a.end(), b_ends = differ.second == b.end();
  if (a_ends && (b_ends || *differ.second == '/')) return a;
  if (b_ends && *differ.first == '/') return b;
  const std::string same(a.begin(), differ.first);
  return same.substr(0, std::max<std::size_t>(1, same.rfind('/')));
}

std::string without_slashes_at_end(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

std::string source_root(const std::vector<RunRecord>& runs) {
  std::string root;
  for (const RunRecord& run : runs)
    for (const std::string& word : words_of(run.source_roots)) {
      const std::string folder = without_slashes_at_end(word);
      if (folder.starts_with('/')) root = root.empty() ? folder : common_folder(root, folder);
    }
  return root.empty() ? "/" : root;
}

CoverageReport::CoverageReport(std::vector<RunRecord> runs, std::vector<FileCoverage> files, const SourceText& sources)
    : sources_(&sources),
      runs_(std::move(runs)),
      files_(std::move(files)),
      totals_(totals_of(files_)),
      root_(source_root(runs_)) {}

void CoverageReport::set_root(std::string root) { root_ = without_slashes_at_end(std::move(root)); }

std::string CoverageReport::relative(const std::string& file) const {
  const std::size_t length = root_ == "/" ? 0 : root_.size();
  const bool below = file.size() > length + 1 && file.starts_with(root_) && file[length] == '/';
  return below ? file.substr(length + 1) : file;
}

void CoverageReport::change_files(const std::function<void(FileCoverage&)>& change) {
  for (FileCoverage& file : files_) change(file);
  std::erase_if(files_, [](const FileCoverage& file) { return file.lines.empty(); });
  totals_ = totals_of(files_);
}

const CoverageFormat* find_coverage_format(std::string_view name) {
  for (const CoverageFormat& format : all_coverage_formats())
    if (format.name == name) return &format;
  return nullptr;
}

std::vector<LineRange> ranges_not_run(const FileCoverage& file) {
  std::vector<LineRange> ranges;
  bool open = false;
  for (const LineCoverage& line : file.lines) {
    if (line.hits == 0) {
      if (!open) ranges.push_back({line.line, line.line, 0});
      ranges.back().last = line.line;
      ++ranges.back().count;
    }
    open = line.hits == 0;
  }
  return ranges;
}

std::string ranges_text(const FileCoverage& file) {
  std::string text;
  for (const LineRange& range : ranges_not_run(file)) {
    text.append(text.empty() ? "" : ", ").append(std::to_string(range.first));
    if (range.last != range.first) text.append("-").append(std::to_string(range.last));
  }
  return text;
}

std::vector<std::string> unique_names(const FileCoverage& file, std::string FunctionCoverage::*name) {
  std::unordered_map<std::string_view, int> uses;
  for (const FunctionCoverage& function : file.functions) ++uses[function.*name];
  std::vector<std::string> names;
  for (const FunctionCoverage& function : file.functions)
    names.push_back(uses[function.*name] == 1 ? function.*name
                                              : function.*name + " at line " + std::to_string(function.line));
  return names;
}

double percent_of(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace recount
