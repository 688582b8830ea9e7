// Whose lines count: recorder and reports ask the same question in the same way.
//
// Roots are absolute, canonical folders. Globs mean what they mean in a .gitignore, but for two things: '*' also matches '/', and
// a glob that begins with '/' is held against the whole path.
//
//   src/*.cpp           below the root, because it has a '/'; so are ./src and src/lib
//   vendor, gen_*.c     of any folder or file called so, wherever it lies
//   vendor/             of folders only
//   a folder            stands for all that lies below it
//   **/vendor, a/**/b   "**" is any number of folders, and none as well
//
// A file counts if it lies under a root, matches an include (or there is none) and no exclude. The map says what a file is called here, before anything is matched; whoever has a path from elsewhere
// applies it. No file is looked at.
#pragma once

#include <string>
#include <vector>

#include "schema/shared/path_map.hpp"

namespace recount {

class SourceFilter {
 public:
  struct Glob {
    std::string text;
    std::vector<std::string> patterns;  // for fnmatch(3): any of them
  };
  SourceFilter(std::vector<std::string> roots, const std::vector<std::string>& includes,
               const std::vector<std::string>& excludes, PathMap map = {});
  bool wants(const std::string& absolute_path) const;
  bool is_below_root(const std::string& absolute_path) const;
  bool wants_nothing() const noexcept { return roots_.empty(); }
  // Options whose glob fits none of these files: "--exclude vendor".
  std::vector<std::string> globs_without(const std::vector<std::string>& absolute_paths) const;
  const PathMap& map() const noexcept { return map_; }

 private:
  bool fits(const Glob& glob, const std::string& absolute_path) const;

  std::vector<std::string> roots_;
  std::vector<Glob> includes_;
  std::vector<Glob> excludes_;
  PathMap map_;
};

}  // namespace recount
