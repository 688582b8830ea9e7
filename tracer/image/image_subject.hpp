// What is looked for in an image, and where: which sources count, where debug information may lie, how dense probes stand.
#pragma once

#include <optional>
#include <string>

#include "schema/shared/source_filter.hpp"
#include "tracer/elf/debug_file.hpp"
#include "tracer/image/probes_per.hpp"

namespace recount {

struct ImageSubject {  // what is looked for, and where
  SourceFilter sources;
  DebugFolders folders;
  ProbesPer probes_per = ProbesPer::line;
  std::string text = {};   // all of this in words: what was found for other words may be something else
  bool output = false;     // watches of where the C library writes are wanted
  std::string cache = {};  // the folder where what was found is kept for other runs (image_cache.hpp); empty: nowhere
  bool detours =
      true;  // what is looked for may be told apart by code of ours: nobody runs in the image yet (detour.hpp)
  bool branches = false;  // the ways of conditional jumps are wanted
  bool flags = false;     // flags are to tell of lines, or counters of what is counted, where they can
  std::optional<SourceFilter> counted = {};  // whose lines' executions are to be counted; none: nobody's
};

}  // namespace recount
