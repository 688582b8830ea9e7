#include "schema/shared/source_filter.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace recount {
namespace {

constexpr std::size_t kPatternsMax = 64;  // of one glob: each "**" doubles them

// "/src/" and "/src" are one folder, and "/" becomes the empty prefix that every path starts with.
std::string without_trailing_slashes(std::string folder) {
  while (!folder.empty() && folder.back() == '/') folder.pop_back();
  return folder;
}

// The part of `path` below `root`, or empty: "/src" holds "/src/a.c" but neither "/srcx/a.c" nor
// itself.
std::string_view below(const std::string& root, const std::string& path) {
  if (path.size() <= root.size() + 1 || path[root.size()] != '/') return {};
  if (path.compare(0, root.size(), root) != 0) return {};
  return std::string_view(path).substr(root.size() + 1);
}

void drop_all(std::string& text, std::string_view start) {
  while (text.starts_with(start)) text.erase(0, start.size());
}

// "**" may stand for no folder at all, which fnmatch(3) does not know.
void add_without_folders(std::vector<std::string>& patterns) {
  for (std::size_t at = 0; at < patterns.size() && patterns.size() < kPatternsMax; ++at) {
    const std::string pattern = patterns[at];
    if (pattern.starts_with("**/")) patterns.push_back(pattern.substr(3));
    const std::size_t middle = pattern.find("/**/");
    if (middle != std::string::npos) patterns.push_back(pattern.substr(0, middle) + pattern.substr(middle + 3));
  }
}

// What a glob means, as patterns for fnmatch(3) without FNM_PATHNAME, so that '*' crosses folders.
std::vector<std::string> patterns_of(std::string glob) {
  const bool is_anchored =
      glob.starts_with("./") || glob.substr(0, glob.find_last_not_of('/') + 1).find('/') != std::string::npos;
  drop_all(glob, "./");
  if (glob == "." || (glob.empty() && is_anchored)) return {"*"};
  const bool is_folder = glob.ends_with('/');
  glob = without_trailing_slashes(std::move(glob));
  if (glob.empty()) return is_folder ? std::vector<std::string>{"/*"} : std::vector<std::string>{};
  std::vector<std::string> patterns{glob + "/*"};
  if (!is_folder) patterns.push_back(glob);
  if (!is_anchored) patterns.push_back("*/" + glob + "/*");
  if (!is_anchored && !is_folder) patterns.push_back("*/" + glob);
  add_without_folders(patterns);
  return patterns;
}

std::vector<SourceFilter::Glob> globs_of(const std::vector<std::string>& texts) {
  std::vector<SourceFilter::Glob> globs;
  for (const std::string& text : texts) globs.push_back({text, patterns_of(text)});
  return globs;
}

bool matches(const SourceFilter::Glob& glob, const std::string& path, std::string_view relative) {
  const char* const subject =
      glob.text.starts_with('/') ? path.c_str() : relative.data();  // both end where `path` ends
  return std::any_of(glob.patterns.begin(), glob.patterns.end(),
                     [subject](const std::string& pattern) { return fnmatch(pattern.c_str(), subject, 0) == 0; });
}

bool any_matches(const std::vector<SourceFilter::Glob>& globs, const std::string& path, std::string_view relative) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const SourceFilter::Glob& glob) { return matches(glob, path, relative); });
}

}  // namespace

SourceFilter::SourceFilter(std::vector<std::string> roots, const std::vector<std::string>& includes,
                           const std::vector<std::string>& excludes, PathMap map)
    : roots_(std::move(roots)), includes_(globs_of(includes)), excludes_(globs_of(excludes)), map_(std::move(map)) {
  for (std::string& root : roots_) root = without_trailing_slashes(std::move(root));
}

bool SourceFilter::wants(const std::string& absolute_path) const {
  bool included = false;
  for (const std::string& root : roots_) {  // roots may be nested: each one gives its own relative path
    const std::string_view relative = below(root, absolute_path);
    if (relative.empty()) continue;
    if (any_matches(excludes_, absolute_path, relative)) return false;
    included = included || includes_.empty() || any_matches(includes_, absolute_path, relative);
  }
  return included;
}

bool SourceFilter::is_below_root(const std::string& absolute_path) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const std::string& root) { return !below(root, absolute_path).empty(); });
}

std::vector<std::string> SourceFilter::globs_without(const std::vector<std::string>& absolute_paths) const {
  std::vector<std::string> idle;
  const auto note = [&](const std::vector<Glob>& globs, const std::string& option) {
    for (const Glob& glob : globs)
      if (std::none_of(absolute_paths.begin(), absolute_paths.end(),
                       [&](const std::string& path) { return fits(glob, path); }))
        idle.push_back(option + glob.text);
  };
  note(includes_, "--include ");
  note(excludes_, "--exclude ");
  return idle;
}

bool SourceFilter::fits(const Glob& glob, const std::string& absolute_path) const {
  return std::any_of(roots_.begin(), roots_.end(), [&](const std::string& root) {
    const std::string_view relative = below(root, absolute_path);
    return !relative.empty() && matches(glob, absolute_path, relative);
  });
}

}  // namespace recount
