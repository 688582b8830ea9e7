#include "replay/coverage/changed_lines.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace recount {

ChangedLines::ChangedLines(const std::vector<PatchFile>& patch) {
  for (const PatchFile& file : patch) {
    if (file.new_name.empty() || (file.added.empty() && file.removed.empty())) continue;
    Lines& lines = files_[file.new_name];
    lines.insert(lines.end(), file.added.begin(), file.added.end());
  }
  for (auto& [file, lines] : files_) {  // a file may come twice
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  }
}

std::optional<std::string> ChangedLines::folder_in(const CoverageReport& report) const {
  std::unordered_set<std::string_view> paths;
  for (const FileCoverage& file : report.files()) paths.insert(file.file);
  std::vector<std::string> names;
  for (const auto& [name, lines] : files_) names.push_back(name);
  return folder_of(names, report.root(), [&](const std::string& path) { return paths.contains(path); });
}

bool ChangedLines::narrow(CoverageReport& report) const {
  const std::optional<std::string> folder = folder_in(report);
  std::unordered_map<std::string, const Lines*> by_file;
  for (const auto& [path, lines] : files_)
    if (folder) by_file[path_below(*folder, path)] = &lines;
  report.change_files([&](FileCoverage& file) {
    const auto found = by_file.find(file.file);
    file.keep_lines([&](std::uint32_t line) {
      return found != by_file.end() && std::binary_search(found->second->begin(), found->second->end(), line);
    });
  });
  return folder || files_.empty();
}

}  // namespace recount
