// Hits counted into lines, functions and files.
//
// A line's hits are those of the busiest place where it begins in an image, added up over the images that it is linked into and
// over the runs of the log; a function's likewise. A hit is the first stop at a probe in one address space, so with probes that
// are lifted at once `hits` says in how many programs the line ran, not how often: that is `executions`, where it was counted. Where several probes tell of one place, it is
// in how many address spaces any of them was hit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "replay/log/sources.hpp"

namespace recount {

struct LineCoverage {
  std::uint32_t line = 0;
  std::uint64_t probes = 0, probes_hit = 0, hits = 0, processes = 0;
  Seq first_seq = 0;                             // 0: never hit
  std::optional<std::uint64_t> executions = {};  // none: they were not counted
  bool at_least = false;                         // of the executions: some were not counted
  bool is_exceptional = false;                   // only an exception leads to it
  // What formats with one number for a line say.
  std::uint64_t count() const noexcept { return executions.value_or(hits); }
};

// A way that a conditional jump of a line may lead.
struct BranchCoverage {
  std::uint32_t line = 0;
  std::uint32_t number = 0;     // among the ways of the line
  std::uint32_t condition = 0;  // the jump's, among those of the line
  Way way{};
  std::uint32_t to_line = 0;         // of the same file; 0: nobody knows
  std::optional<bool> taken = {};    // in any run; none: nobody knows
  std::optional<bool> reached = {};  // the jump: if a way was taken; not, if none was
};

struct BranchShare {
  std::uint64_t taken = 0;
  std::uint64_t known = 0;  // whether they were taken
  std::uint64_t all = 0;
  BranchShare& operator+=(const BranchShare& other) noexcept;
};

struct FunctionLine {
  std::uint32_t line = 0;
  std::uint64_t hits = 0;                        // in this function: an instance of a template has lines of its own
  std::optional<std::uint64_t> executions = {};  // none: not counted, or by several functions that share the line
  std::uint64_t count() const noexcept { return executions.value_or(hits); }
};

struct FunctionCoverage {
  std::string name;          // demangled
  std::string linkage_name;  // the symbol's; the same as name where there is no other
  std::uint32_t line = 0;    // of the declaration
  std::uint64_t hits = 0;
  std::vector<FunctionLine> lines = {};          // those in the file of the declaration, by line
  std::optional<std::uint64_t> executions = {};  // none: they were not counted
  std::uint64_t count() const noexcept { return executions.value_or(hits); }
};

struct FileCoverage {
  std::string file;                           // an absolute path
  std::vector<LineCoverage> lines;            // by line
  std::vector<FunctionCoverage> functions;    // by line, then name
  std::vector<BranchCoverage> branches = {};  // by line, then number; none if the log has none
  std::uint64_t lines_hit = 0, functions_hit = 0;
  BranchShare branch_share = {};

  std::span<const BranchCoverage> branches_of(std::uint32_t line) const;

  // Keeps the lines that `keep` says yes to, with the functions that have one of them, and counts
  // again. A function without lines in this file goes with the line of its declaration.
  void keep_lines(const std::function<bool(std::uint32_t)>& keep);
  void count_functions();  // their executions
  void count();            // lines_hit, functions_hit and branch_share
};

struct CoverageTotals {
  std::uint64_t lines = 0, lines_hit = 0, functions = 0, functions_hit = 0;
  BranchShare branches = {};
};

const char* ways_word(const BranchCoverage& branch);  // was taken, was never taken, ...
BranchShare share_of(std::span<const BranchCoverage> branches);

class Coverage {
 public:
  explicit Coverage(const LogFile& log, const SourceSelection& selection = {});
  // The lines that the probe tells of have begun; with `line_at` the one that begins there, before its probe was hit.
  void add(ProbeId probe, std::optional<ImageAddress> line_at, Upid upid, ExecId exec, Seq seq);
  void count(ProbeId probe, std::uint64_t times = 1);  // a counted probe was come to
  void stop_counting(ProbeId probe);                   // it is counted no more, in some memory
  void take(WatchId watch, Way way);                   // the jump that it watches has led there
  void retire(WatchId watch);                          // it stays no longer: it can't say what comes then
  void join(Upid guess, Upid upid);                    // what was taken for two processes is one
  void lodges(Upid upid, Upid host);                   // it was born into the host's memory
  void run_ended();                                    // what follows are the hits of another run
  std::vector<FileCoverage> files() const;             // those with a line, by name
  const Sources& sources() const noexcept { return sources_; }

 private:
  struct Visit {  // of a place where a line begins
    std::uint32_t site, upid, exec;
    friend auto operator<=>(const Visit&, const Visit&) = default;
  };
  void begin(std::size_t at, Upid upid, ExecId exec, Seq seq);
  void remember(Visit visit);
  static void compact(std::vector<Visit>& visits);
  std::vector<std::uint64_t> times() const;  // side by side with sources_.probe_lines()
  void count_processes(std::vector<LineCoverage>& lines) const;
  std::vector<FileCoverage> files_of_run() const;
  std::vector<LineCoverage> lines() const;
  void count_executions(std::vector<LineCoverage>& lines) const;
  void add_lines(std::vector<FileCoverage>& files) const;
  void add_functions(std::vector<FileCoverage>& files) const;
  void add_branches(std::vector<FileCoverage>& files) const;
  std::optional<bool> is_taken(std::size_t way) const;
  void add_function_lines(std::vector<FileCoverage>& files, const std::vector<std::uint32_t>& number) const;

  struct Hits {
    std::uint64_t count = 0;  // in this run
    Seq first_seq = 0;
    bool ever = false;  // in any run
  };
  Sources sources_;
  std::vector<Hits> hits_;     // side by side with sources_.probe_lines()
  std::vector<Visit> visits_;  // sorted and unique up to compact_size_
  std::size_t compact_size_ = 0;
  std::unordered_map<std::uint32_t, std::int64_t> counts_;  // by probe, in all runs
  std::set<std::uint32_t> uncounted_;                       // probes that came to be counted no more
  std::vector<bool> taken_;                                 // side by side with sources_.ways(), in any run
  std::set<std::uint32_t> retired_;                         // watches
  std::map<std::uint32_t, std::uint32_t> hosts_;            // whose memory a process was born into, if it was another's
  std::vector<FileCoverage> total_;                         // of the runs that have ended
};

CoverageTotals totals_of(const FileCoverage& file);
CoverageTotals totals_of(const std::vector<FileCoverage>& files);

}  // namespace recount
