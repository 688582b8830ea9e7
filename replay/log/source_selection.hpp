// Which sources a report is about, and what it calls them: --include, --exclude and --map.
//
// Globs mean what they mean to the recorder (schema/shared/source_filter.hpp): they match the path below a
// source root of the log, and one that begins with '/' the whole path, both as the log has it. Then
// the map gives the file its name in the report. Files that get one name are one file.
#pragma once

#include <string>
#include <vector>

#include "schema/shared/path_map.hpp"

namespace recount {

struct SourceSelection {
  std::vector<std::string> includes = {};
  std::vector<std::string> excludes = {};
  PathMap map = {};
  bool takes_all() const noexcept { return includes.empty() && excludes.empty(); }
};

}  // namespace recount
