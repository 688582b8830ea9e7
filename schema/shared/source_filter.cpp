#include "schema/shared/source_filter.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace recount {
namespace {

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

// FNM_PATHNAME stays off, so that '*' crosses folders.
bool any_matches(const std::vector<std::string>& globs, const std::string& path, std::string_view relative) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    const bool absolute = !glob.empty() && glob.front() == '/';
    const char* subject = absolute ? path.c_str() : relative.data();  // both end where `path` ends
    return fnmatch(glob.c_str(), subject, 0) == 0;
  });
}

}  // namespace

SourceFilter::SourceFilter(std::vector<std::string> roots, std::vector<std::string> includes,
                           std::vector<std::string> excludes, PathMap map)
    : roots_(std::move(roots)), includes_(std::move(includes)), excludes_(std::move(excludes)), map_(std::move(map)) {
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

}  // namespace recount
