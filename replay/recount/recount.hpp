// The recounting: one pass over a log, in which the machine decides everything again.
//
//   Recount recount(log);
//   const Verdict verdict = recount.run(&visitor);       // the visitor sees each row with what it
//   meant
//
// Each row must be what the machine expects there:
//
//   observation   no action is owed; its task and exec have the ids that the machine gives them;
//   its births are those
//                 of trace_birth; its kind is that of its wait status; the time has not gone back
//   action        it equals the next one owed, in every field; its result goes into the machine
//
// The first row that differs is the divergence. What comes after it is still stepped, as well as it
// can be, so that reports can be made of a log that is not right; but nothing after it is proof of
// anything.
//
// A log that stops early (its recorder was killed) is not wrong: the actions still owed at its end
// are not missed.
//
// A merged log is several runs, one after the other. Each is decided by a machine of its own, whose
// ids go on where those of the run before ended.
//
// Memory: that of the machine and of the probes. It does not grow with the number of events.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replay/log/log_file.hpp"
#include "schema/log/event_codec.hpp"
#include "schema/machine/agenda.hpp"

namespace recount {

class Progress;

struct Divergence {
  Seq seq = 0;          // the row
  Seq cause = 0;        // of an action: the observation that it answers; else 0
  std::string what;     // a sentence
  std::string log;      // what the log says
  std::string machine;  // what the machine says
};

struct RunVerdict {
  std::optional<Divergence> divergence;
  Seq last_seq = 0;
  std::uint64_t events = 0;   // of the run: those that were read, and those that are missing
  std::uint64_t missing = 0;  // numbers of seq that were skipped
  std::uint64_t dropped = 0;  // of these, what compact says that it left out
  std::int64_t last_time_ns = 0;
  bool sealed = false;  // the recorder finished the log
  bool machine_ended = false;
  std::size_t owed = 0;  // actions that the machine still expects

  bool agrees() const { return !divergence; }
};

// Of the whole log: the first divergence, all events, sealed if each run is; the rest is the last
// run's.
struct Verdict : RunVerdict {
  std::vector<RunVerdict> runs;  // side by side with LogFile::runs(), as far as they were read
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  // `facts`: what the row meant. Those of an action are the consequences of its result.
  virtual void row(const TraceEvent& event, const std::vector<Fact>& facts) = 0;
  virtual void before(const TraceEvent&) {}          // the machine has not been told of it yet
  virtual void decided(const Step&) {}               // what the machine says to it; row() follows
  virtual bool has_enough() const { return false; }  // nothing more is read then
  virtual void run_ended() {}                        // the rows that follow are of the next run of a merged log
};

class Recount {
 public:
  explicit Recount(const LogFile& log);
  Verdict run(Visitor* visitor, Seq last = std::numeric_limits<Seq>::max());
  const Machine& machine() const noexcept { return machine_; }  // of the last run that was read
  const std::optional<Divergence>& divergence() const noexcept { return verdict_.divergence; }  // likewise

 private:
  void begin_run(const RunRecord& run);
  bool read_run(Visitor* visitor, Seq last, Progress& progress);
  RunVerdict end_run(bool stopped);
  void row(const TraceEvent& event, Visitor* visitor);
  void check_order(const TraceEvent& event);
  void observation(const TraceEvent& event, const Observation& seen, Visitor* visitor);
  bool is_born_of_itself(const Observation& observation) const;
  void check_observation(const TraceEvent& event, const Observation& seen);
  void check_new_task(Seq seq, const Observation& seen);
  void define_images(const Observation& observation);
  void define_image(ImageId image);
  void compare_step(const TraceEvent& event, const Step& step);
  void compare_births(Seq seq, const std::vector<Fact>& facts);
  void check_exec_row(const TraceEvent& event);
  void action(const TraceEvent& event, const Action& done, Visitor* visitor);
  void performed(const TraceEvent& event, Visitor* visitor);
  void forgive_owed();
  void check_end();
  void check_missing();
  void diverge(Seq seq, Seq cause, std::string what, std::string log = {}, std::string machine = {});
  std::string name_of_row(Seq seq, EventKind kind) const;
  std::string name_of_cause(Seq seq) const;

  const LogFile& log_;
  const RunRecord* run_;
  Machine machine_;
  Agenda agenda_;
  EventReader reader_;
  Statement birth_;
  Statement exec_;
  bool more_births_;
  TraceEvent next_;  // the row to be read next
  bool more_ = false;
  std::map<std::uint32_t, std::shared_ptr<const ProbeTable>> images_;
  std::set<std::uint32_t> defined_;  // of images_, in this run
  Seq cause_seq_ = 0;                // the last observation, which the next actions answer
  EventKind cause_kind_{};
  RunVerdict verdict_;  // of this run
};

}  // namespace recount
