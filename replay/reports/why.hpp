// why: what a log knows of one line of source. Did it run, by whom first, and after what; and if not, how near the run came.
//
//   const Place place = place_of("a.c:12");
//   const LineStory story = story_of(log, place);
//
// A file is named by its whole path, by a path from the current folder or from a source root (with "..", or through links), or
// by the end of its path, from a slash on. Throws UsageError if several files end so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct Place {
  std::string file;
  std::uint32_t line = 0;
};
Place place_of(const std::string& text);  // FILE:LINE; throws UsageError

struct FirstHit {
  Seq seq = 0;
  std::int64_t time_ns = 0;
  Upid upid{};
  Tid pid{}, tid{};
  std::string argv;            // of the program, as the log has it; "" if nobody knows
  std::string after;           // file:line, of the hit of the same thread before it; "": it was the thread's first
  bool after_is_known = true;  // not in a compacted log
};

struct ImageUse {
  std::string path;
  std::uint64_t started = 0, loaded = 0;  // how often by exec, and by how many programs as a library
};

struct LineStory {
  Place place;  // the file by its whole path, if the log knows it
  bool is_known_file = false;
  bool is_code = false;                  // a statement begins there
  bool is_excluded = false;              // by a mark in the source
  LineCoverage line;                     // if is_code
  std::vector<BranchCoverage> branches;  // of the line; none if the log has none
  std::string function;                  // that it is of; ""
  std::uint32_t function_line = 0;
  bool function_ran = false;
  std::optional<FirstHit> first;                                    // if it ran
  std::vector<ImageUse> images;                                     // that have the line
  std::optional<std::uint32_t> ran_above;                           // the nearest line above that ran
  std::optional<std::uint32_t> code_above, code_below;              // if it is no code: the nearest that are
  std::vector<std::pair<std::string, std::string>> without_probes;  // if the file is not known: images, and why
};

LineStory story_of(const LogFile& log, const Place& place, Verdict& verdict);

}  // namespace recount
