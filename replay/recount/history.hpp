// What happened in the run, folded from the machine's facts: processes, threads, execs, signals.
//
//   History history(log);  Recount(log).run(&history);
//
// The views in schema/views.sql derive the same from the rows by SQL, without the machine; a test
// holds the two equal. What a thread or process has no end for is without one here, too.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "replay/log/summed.hpp"
#include "replay/recount/coverage.hpp"
#include "replay/recount/recount.hpp"
#include "schema/machine/stopped_time.hpp"

namespace recount {

struct ExecRecord {
  ExecId id{};
  Upid upid{};
  Seq seq = 0;
  std::int64_t time_ns = 0;
  std::string path, argv, cwd;
  ImageId image{};
  bool output_seen = false;  // it has a place at which the recorder sees what it writes
};

struct ThreadRecord {
  Utid utid{};
  Tid tid{};
  Upid upid{};
  std::int64_t start_ns = 0;
  std::optional<std::int64_t> end_ns;
};

// Who ended a process.
enum class EndedBy : std::uint8_t {
  others,   // itself, or whoever sent the signal
  timeout,  // the recorder, at --timeout
  request,  // the recorder, which was asked to end twice
  probe,    // the recorder, since an int3 of its own could not be taken out of the memory
};

struct ProcessRecord {
  Upid upid{};
  Tid pid{};
  Upid parent{};  // 0: none, or nobody knows
  EventKind origin{};
  std::int64_t start_ns = 0;
  std::optional<std::int64_t> end_ns;
  WaitStatus status;            // if it has ended
  EndedBy ended_by{};           // likewise
  Seq end_seq = 0;              // likewise: the row of its first thread's end
  Usage usage;                  // likewise
  std::int64_t stopped_ns = 0;  // likewise: how long its tasks stood still for the recorder
  bool let_go = false;          // it was detached and ran on
  Upid tracer{};                // likewise, because that process was about to trace it; it is itself: its parent was
  bool not_followed = false;    // likewise, because --no-follow names its program
  std::uint64_t hits = 0;
  Seq last_deed = 0;                 // its last fork, new thread, exec or hit: the row; 0: none
  std::vector<std::size_t> execs;    // into execs()
  std::vector<std::size_t> threads;  // into threads()
  std::vector<Upid> children;
  std::optional<std::size_t> parent_exec;  // what its parent ran at the birth, if that was known then

  bool ended_well() const { return end_ns && status.exited() && status.exit_code() == 0; }
  bool failed() const { return end_ns && !ended_well(); }
};

struct SignalRecord {
  Seq seq = 0;
  std::int64_t time_ns = 0;
  Upid upid{};
  Tid tid{};
  int signal = 0;
  int sender = 0;  // 0: nobody knows
  bool fatal = false;
  Upid sender_upid{};  // 0: no recorded process has that pid
};

// That a thread wrote to standard output or standard error. What it wrote stands in trace_output, in the row of that seq.
struct OutputRecord {
  Seq seq = 0;
  std::int64_t time_ns = 0;
  Upid upid{};
  Utid utid{};
  ExecId exec{};
  int fd = 0;  // 1 or 2
  std::int64_t bytes = 0;
};

// That lines began in a thread: a probe was hit, or a stop told of a line itself (FactKind::hit). It is on record from the row of
// the lift on, or from that of the stop.
struct Hit {
  Seq seq = 0;
  std::int64_t time_ns = 0;
  Utid utid{};
  Tid tid{};
  Upid upid{};
  ExecId exec{};
  ProbeId probe{};
  std::optional<ImageAddress> line_at{};  // none: all lines that the probe tells of
  bool is_late = false;                   // a flag told of it: it was hit at some time before
};

// In the order of their addresses, which is that in which they ran.
std::vector<const ProbeLine*> lines_of(const Sources& sources, const Hit& hit);

// Which hits are asked for (selection.hpp).
struct Selection {
  std::optional<std::unordered_set<std::uint32_t>> threads;  // utids; none: all
  Seq until = std::numeric_limits<Seq>::max();
};

class History : public Visitor {
 public:
  explicit History(const LogFile& log, Coverage* coverage = nullptr);
  // Coverage gets the hits of these threads only. `selection` outlives this.
  void count_only(const Selection& selection) { selection_ = &selection; }
  void row(const TraceEvent& event, const std::vector<Fact>& facts) override;
  void run_ended() override;

  const std::vector<ProcessRecord>& processes() const noexcept { return processes_; }  // by upid
  const std::vector<ThreadRecord>& threads() const noexcept { return threads_; }
  const std::vector<ExecRecord>& execs() const noexcept { return execs_; }
  const std::vector<SignalRecord>& signals() const noexcept { return signals_; }
  const std::vector<OutputRecord>& outputs() const noexcept { return outputs_; }
  // Whether the log has what the process wrote, or may lack it; nothing: no output was kept at all.
  std::optional<bool> output_seen(const ProcessRecord& process) const;
  const ProcessRecord* process(Upid upid) const;
  const ThreadRecord* thread(Utid utid) const;
  const ProcessRecord* root_of(const RunRecord& run) const { return process(Upid{run.before.upid + 1}); }
  // The exec whose program the process runs or ran last: its own, or what it was born with; null if
  // there is none.
  const ExecRecord* program_of(const ProcessRecord& process) const;
  // What it ran at that time; of a time before its first exec what it was born with.
  const ExecRecord* program_at(const ProcessRecord& process, std::int64_t time_ns) const;
  const ExecRecord* born_with(const ProcessRecord& process) const;
  std::uint64_t hits() const noexcept { return hits_; }
  // Those that the last row put on record, for who counts something of them beside this.
  const std::vector<Hit>& hits_of_row() const noexcept { return hits_of_row_; }
  // By the last row a task came to a counted probe that was hit before: no hit, but an execution.
  const std::optional<Hit>& again_of_row() const noexcept { return again_of_row_; }

 private:
  struct End {
    Seq seq = 0;
    std::int64_t time_ns = 0;
    Usage usage;
    Tid tid{};
  };
  ProcessRecord* find(Upid upid);
  ThreadRecord* find(Utid utid);
  void hit(const TraceEvent& event, const Fact& fact);
  void put_on_record();
  void before_birth(const TraceEvent& event, const Observation& seen);
  void fact(const TraceEvent& event, const Fact& fact);
  void born(const TraceEvent& event, const Fact& fact);
  void add_thread(const TraceEvent& event, const Fact& fact);
  void add_process(const Fact& fact);
  void join(Upid guess, Upid upid);
  void adopt(ProcessRecord& parent, ProcessRecord& child);
  void drop(Upid guess);
  void execed(const TraceEvent& event, const Fact& fact);
  bool has_watched(std::span<const Placed> placed) const;
  void see_output(const TraceEvent& event, const Observation& seen);
  void delivered(const TraceEvent& event, const Fact& fact);
  void wrote(const TraceEvent& event, const Fact& fact);
  void add_signal(const SignalRecord& signal);
  void thread_ended(const TraceEvent& event, const Fact& fact);
  void process_ended(const TraceEvent& event, const Fact& fact);
  void mark_fatal(ProcessRecord& process, const End& end);
  void done(const TraceEvent& event, const Action& action);
  void way_taken(const Fact& fact);
  void add_summed();
  void add_summed(const SummedThread& sum);
  std::int64_t stopped_ns(const End& end, Upid upid);
  bool counts(Utid utid) const;
  void put_hit_on_record(const TraceEvent& event, ProbeId probe);
  void emulated(const TraceEvent& event, const act::Emulate& emulate);
  void resumed(const Action& action);

  Statement exec_row_;
  std::optional<Statement> stopped_row_;  // of a compacted log: there its rows don't tell
  Summed summed_;
  std::vector<SummedThread>::const_iterator next_sum_;
  Seq last_seen_ = 0;
  StoppedTime stopped_;
  std::unordered_set<std::uint32_t> output_images_;  // those with a place at which they write
  bool keeps_output_ = false;                        // it was asked for, whether any has such a place or not
  Coverage* coverage_;
  const Selection* selection_ = nullptr;
  std::vector<ProcessRecord> processes_;
  std::vector<ThreadRecord> threads_;
  std::vector<ExecRecord> execs_;
  std::vector<SignalRecord> signals_;
  std::vector<OutputRecord> outputs_;
  std::unordered_map<std::uint32_t, std::size_t> process_at_, thread_at_;
  std::unordered_map<std::int32_t, Upid> upid_of_;                // by pid, the last one in this run that had it
  std::unordered_map<std::uint32_t, std::int64_t> unborn_start_;  // tasks that reported before anybody bore them
  std::unordered_map<std::uint32_t, End> unborn_end_;
  std::unordered_map<std::uint64_t, std::size_t> last_signal_;  // by upid << 8 | signal
  // What the last stop meant, and the rows that answer it put on record.
  std::optional<Fact> hit_;           // by the lift of its probe
  std::optional<SignalRecord> trap_;  // a SIGTRAP that is the program's, by what resumes it
  std::vector<Hit> hits_of_row_;
  std::optional<Hit> again_of_row_;
  End end_;  // of the thread that ended last
  std::uint64_t hits_ = 0;
};

}  // namespace recount
