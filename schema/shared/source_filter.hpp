// Whose lines count: recorder and reports ask the same question in the same way.
//
// Roots are absolute, canonical folders; globs match the path below the root ("src/*.cpp"; '*' also matches '/'), and one
// that begins with '/' the whole path. A file counts if it lies under a root, matches an include (or there is none) and
// no exclude. The map says what a file is called here, before anything is matched; whoever has a path from elsewhere
// applies it. No file is looked at.
#pragma once

#include <string>
#include <vector>

#include "schema/shared/path_map.hpp"

namespace recount {

class SourceFilter {
 public:
  SourceFilter(std::vector<std::string> roots, std::vector<std::string> includes, std::vector<std::string> excludes,
               PathMap map = {});
  bool wants(const std::string& absolute_path) const;
  bool is_below_root(const std::string& absolute_path) const;
  bool wants_nothing() const noexcept { return roots_.empty(); }
  const PathMap& map() const noexcept { return map_; }

 private:
  std::vector<std::string> roots_;
  std::vector<std::string> includes_;
  std::vector<std::string> excludes_;
  PathMap map_;
};

}  // namespace recount
