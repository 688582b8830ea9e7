// What only one of two runs has, or only one of them executed.
//
//   const RunDiff diff = diff_of({history_a, deeds_a, files_a}, {history_b, ...});
//
// A line is the same line in both if the file has the same name, and the line is unchanged between the texts that the two logs
// have of it (line_map.hpp); if one has none, if the numbers are the same. A function is, if file and name are.
//
// A process is the same process if its parent is, and it is a test of the same name, or ran the same programs with the same
// arguments; of several such siblings the first is the first, in order of birth. In arguments the names of temporary files
// (passing_names.hpp) and the pids of the run count for nothing. The roots are the same, whatever they ran. A process that
// only one run has is there with all its descendants. Of each process that both have, the first deed
// is there that differs (deeds.hpp).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "replay/log/source_text.hpp"
#include "replay/recount/coverage.hpp"
#include "replay/recount/deeds.hpp"
#include "replay/recount/history.hpp"
#include "replay/reports/diff_times.hpp"

namespace recount {

struct RunSide {
  const History& history;
  const Deeds& deeds;
  const std::vector<FileCoverage>& files;    // by name
  const SourceText& texts;                   // of the log alone
  const std::map<Upid, std::string>& tests;  // what those are called that are tests
};

struct LineDiff {
  std::string file;
  std::vector<std::uint32_t> only[2];      // lines that are code in one of them only
  std::vector<std::uint32_t> executed[2];  // code in both, and executed by one of them only
  bool empty() const;
};

struct FunctionDiff {
  std::string file, name;
  std::uint32_t line = 0;  // of the declaration, in the run that it is about
};

struct RunDiff {
  std::vector<std::string> edited;  // files of which the logs have different texts: no difference
  std::vector<LineDiff> files;      // those that differ
  std::vector<FunctionDiff> only[2], executed[2];
  std::vector<const ProcessRecord*> processes[2];                            // that only one of them has
  std::vector<std::pair<const ProcessRecord*, const ProcessRecord*>> ended;  // in another way
  std::vector<WayDiff> ways;            // which went another way, the earliest in either run first
  std::vector<MatchedProcess> matched;  // that both have
  std::vector<std::pair<const ProcessRecord*, const ProcessRecord*>>
      started;  // roots that ran something else: no difference
  bool empty() const;
};

RunDiff diff_of(const RunSide& a, const RunSide& b);
std::string programs_of(const History& history, const ProcessRecord& process);

}  // namespace recount
