// Which steps of a log compact leaves out, and what is summed of them.
//
//   Compaction compaction(log, sources);
//   Recount recount(log);  compaction.follow(recount);  recount.run(&compaction);
//   compaction.dropped()                             // rows of trace_event, from - to, in order
//   compaction.sums()                                // what they told
//
// A step is left out if it is a stop at an int3 of ours whose answer changed nothing but what stands in its place: a hit, a late
// trap, a conditional jump, a call that leaves the machine's account of SIGTRAP as it was. So what is left is still what the
// machine decides, and verify can say so. Kept of the hits are
//
//   - the first of each probe in a run: who came to a line first, and when;
//   - the last lines of threads that did not end well: failures shows them;
//   - a second hit of a probe in one thread and program (a library that was loaded again): sums have no counts.
//
// What stays of a probe or a watch may depend on what was there before it: if a step at one can't be left out, none there is.
#pragma once

#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "replay/log/summed.hpp"
#include "replay/recount/last_lines.hpp"
#include "replay/recount/sums.hpp"

namespace recount {

class Compaction : public Visitor {
 public:
  Compaction(const LogFile& log, const Sources& sources) : log_(log), last_(log, sources) {}
  void follow(const Recount& recount) { recount_ = &recount; }
  void before(const TraceEvent& event) override;
  void row(const TraceEvent& event, const std::vector<Fact>& facts) override;
  void run_ended() override;

  struct Rows {
    Seq first = 0, last = 0;
  };
  const std::vector<Rows>& dropped() const noexcept { return dropped_; }
  const Sums& sums() const noexcept { return sums_; }
  std::uint64_t hits() const noexcept { return hits_; }  // that were summed
  const History& history() const noexcept { return last_.history(); }
  void finish();  // after the last run

 private:
  struct StepRows {
    Rows rows;
    Utid utid{};
    ExecId exec{};
    Seq lift = 0;  // its row; 0: no hit
    ProbeId probe{};
    WatchId watch{};  // of a conditional jump
    Way way{};        // likewise, if it was taken for the first time
    bool retires = false, is_call = false;
    WatchId call_watch{};  // that was retired at a call
  };
  void begin(const TraceEvent& event);
  void note(const TraceEvent& event, const Action& action);
  void note(const Fact& fact);
  void complete(bool is_last);
  bool changed_nothing() const;
  bool is_kept_hit();
  bool stays(const StepRows& step) const;
  void keep_last_lines();
  void sum(const StepRows& step);

  const LogFile& log_;
  LastLines last_;
  const Recount* recount_ = nullptr;
  StepRows step_;
  Thread thread_;     // as it was before the step
  TrapSetting trap_;  // likewise
  bool may_drop_ = false, resumed_ = false, has_step_ = false;
  std::vector<StepRows> candidates_;
  std::unordered_set<std::uint32_t> seen_probes_;                               // of this run
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> hit_once_;  // thread, exec, probe
  std::unordered_set<std::uint32_t> kept_probes_, kept_watches_;
  std::unordered_set<Seq> kept_lifts_;
  bool keeps_calls_ = false;
  std::vector<Rows> dropped_;
  Sums sums_;
  std::uint64_t hits_ = 0;
};

}  // namespace recount
