#include "replay/tests/impact.hpp"

#include <algorithm>
#include <utility>

namespace recount {
namespace {

using Lines = Impact::Lines;

void sort_once(Lines& lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
}

std::optional<std::uint32_t> at_or_above(const Lines& code, std::uint32_t line) {
  const auto above = std::upper_bound(code.begin(), code.end(), line);
  return above == code.begin() ? std::nullopt : std::optional(*(above - 1));
}

std::optional<std::uint32_t> below(const Lines& code, std::uint32_t line) {
  const auto next = std::upper_bound(code.begin(), code.end(), line);
  return next == code.end() ? std::nullopt : std::optional(*next);
}

}  // namespace

std::optional<std::string> Impact::folder(const std::string& root) const {
  std::vector<std::string> names;
  for (const PatchFile& file : patch_)
    if (!file.old_name.empty()) names.push_back(file.old_name);
  return folder_of(names, root, [&](const std::string& path) { return code_.contains(path); });
}

void Impact::place(const std::string& root) {
  for (auto& [file, lines] : code_) sort_once(lines);
  const std::string from = folder(root).value_or(root);
  for (const PatchFile& file : patch_) {
    if (file.old_name.empty()) {
      new_.insert(file.new_name);
      continue;
    }
    const std::string path = path_below(from, file.old_name);
    if (const auto known = code_.find(path); known != code_.end())
      place_file(file, path, known->second);
    else
      unknown_.insert(file.old_name);
  }
  for (auto& [file, lines] : no_code_) sort_once(lines);
  code_.clear();
}

void Impact::place_file(const PatchFile& file, const std::string& path, const Lines& code) {
  std::map<std::uint32_t, bool>& changed = changed_[path];
  for (const std::uint32_t line : file.removed)
    if (const auto stand_in = at_or_above(code, line))
      changed.emplace(*stand_in, false);
    else
      no_code_[path].push_back(line);
  for (const std::uint32_t line : file.gaps) {
    if (const auto above = at_or_above(code, line)) changed.emplace(*above, false);
    if (const auto next = below(code, line)) changed.emplace(*next, false);
  }
}

bool Impact::ran(const std::string& file, std::uint32_t line) {
  const auto changed = changed_.find(file);
  if (changed == changed_.end()) return false;
  const auto at = changed->second.find(line);
  if (at == changed->second.end()) return false;
  return at->second = true;
}

std::map<std::string, Lines> Impact::not_run() const {
  std::map<std::string, Lines> all;
  for (const auto& [file, lines] : changed_)
    for (const auto& [line, ran] : lines)
      if (!ran) all[file].push_back(line);
  return all;
}

}  // namespace recount
