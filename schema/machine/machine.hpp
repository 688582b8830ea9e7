// The meaning of a log: what the tracer does about each thing that happens.
//
// The recorder attaches this machine to a kernel, the analyzer attaches it to a file; both give it the same
// observations and get the same actions. It has no clock, no /proc, no ptrace, no environment and no randomness.
//
//   const Step& step = machine.observe(seq, observation);
//   for each action of step.actions, in order:           // perform it, write it down, and say how it went:
//     machine.performed(action, error)                   // which may add actions behind the others
//
// Threads (a stop is answered before anything else is observed; "stopped" is therefore never a state between steps):
//
//   spawned ------------------------> RUNNING <--cont-- first stop -- BORN <-- fork event, child not yet seen
//                                      |  ^ |
//              group_stop / listen     |  | |  vfork event: runs on, but the kernel suspends it until vfork_done
//        LISTENING <-------------------+  | +--> (vfork_parent flag) --> vfork_done
//            +---- event_stop / cont -----+
//   first stop before the parent's event: HELD, unanswered; its reports queue up until the fork event tells what it is; then they
//   are answered one by one. When its parent was killed before it could report, the claim timer rings, and what stands in the
//   memory of this orphan tells whose copy that is (surveyed).
//   any action fails with ESRCH: DYING, the end is on its way.      exited, signaled, exec of another thread: gone.
//   while a process that runs already is attached to, whatever stops is answered and PARKED until all stand still (machine_start.cpp).
//   a program is about to trace it (machine_tracer.cpp): detached at its next stop, and the program is PARKED until then.
//   exec of a program that --no-follow names / detach: LEFT_ALONE, gone but for the root. Whoever execs has a new memory,
//   so nothing of ours is in it, and what it starts is never seen. The root's end is still reported: it is our child.
//
// The run:
//
//   IDLE --spawned--> SEIZING --seize ok--> TRACING --root ended--> DRAINING --echild--> ENDED
//                        | failed              | timeout, 2nd SIGTERM  | orphans timer, --wait root, SIGTERM
//                        v                     v                       v
//                      ENDED                KILLING --echild--> ENDED   LETTING_GO: interrupt, unplant, detach --echild--> ENDED
//
//   IDLE --attached--> ATTACHING --all stand still: surveyed--> TRACING; a request, its time or trouble with recording lead
//   to LETTING_GO from each of its states, and never to KILLING: the process is not ours.
//
// Who decides what: a hit, a late trap and the program's own SIGTRAP are told apart by siginfo and by the probes of the
// images mapped in that address space, never by what the table believes of that byte. Probes are planted at an exec
// (and with Scope::fork at the first stop of a child whose memory is a copy), so a vfork child gets none before its exec; it runs in its parent's memory, and hits there lift there.
//
// An int3 is a forced signal: executed while SIGTRAP is blocked or ignored, it unblocks it and resets its disposition to
// the default (force_sig_info_to_task, kernel/signal.c, Linux 6.18). So the machine keeps account of both, by watches of the
// C library's functions that change them (machine_trap.cpp), and sets them again after each int3 of ours. The mask it can
// set from outside; for the disposition the task itself has to call rt_sigaction, which is an errand of two calls:
//
//   RUNNING --int3 / inject, syscall--> reading --2 syscall stops / inject, syscall--> writing --2 more / restore, cont--> RUNNING
//
// The init of a pid namespace ignores every signal that it has no handler for, but for those that the kernel forces on it, and
// on a traced one it forces no fault (force_sig_info_to_task, kernel/signal.c, Linux 6.18): it would fault for ever. The
// observation says that this is such a fault; the task is let go at the faulting instruction, and dies of it:
//
//   RUNNING --fault that ends an init / unplant, detach--> gone; the process is let go when it has no other thread
//
// A signal that the program ignores does not wake it untraced, but is shown to a tracer (sig_ignored, kernel/signal.c, Linux
// 6.18), and so breaks off the calls that are never restarted: epoll_wait, semop, sigtimedwait, ... They are made again.
//
// A counted probe is hit once like any other, but its int3 stays: the instruction is done for the task, at this stop and at each
// later one, so that no thread slips past it. An instruction that would fault is left to the task, and then the probe leaves.
//
// Flags tell whether a line has run, without a stop. A planted image whose table has probes that a flag can tell of gets an annex: the
// task attaches memory to itself, which is an errand of one call, and then jumps take the place of its int3 bytes. Where that fails
// the int3 bytes stay. A program gets it at its first hit, when its C library is watched and nobody else runs in its code; a library at the
// stop of the loader that tells of it:
//
//   RUNNING --hit / annex, syscall--> annexing --2 syscall stops / restore, flag, cont--> RUNNING
//
// A fork child has the jumps and shares the flags, so it attaches others at its first stop. A signal that finds a task in the annex is
// delivered once that is back in its program.
//
// The jump of a flag that is set is of no more use, and costs time wherever the program spends it. It leaves while nobody but a stopped task
// is in that memory. To interrupt a task could break a system call off; so the flags set a trap, in memory that is ours, into which it
// runs by itself, and into which nobody runs who does other things than set flags again:
//
//   RUNNING --timer / trip--> RUNNING --int3 of the trip / unflag, set_pc, rejoin, cont--> RUNNING
//
// Always: each reported stop is answered exactly once; no task is resumed that has not reported a stop; nothing is
// planted in memory that is about to be let go; ids are never given twice.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "schema/machine/address_space.hpp"
#include "schema/machine/architecture.hpp"
#include "schema/machine/held_tasks.hpp"
#include "schema/machine/job_control.hpp"
#include "schema/machine/rule.hpp"
#include "schema/machine/seen_probes.hpp"
#include "schema/machine/trap_setting.hpp"
#include "schema/machine/trip_clock.hpp"
#include "schema/vocabulary/event.hpp"

namespace recount {

// In how much of a run a probe is hit once.
enum class Scope : std::uint8_t {
  process,  // in each program that a process execs; a child of fork(2) keeps what its parent had left
  run,      // in the whole run, as far as that is known at the exec
  fork,     // in each process, children of fork(2) included
};

std::string_view name_of(Scope scope) noexcept;
std::optional<Scope> scope_named(std::string_view name) noexcept;

// What can differ from run to run. It is written into the log, so that a replay decides alike.
struct Rules {
  std::int64_t timeout_ns = 0;                    // 0: none. Of a process that is attached to: until it is let go
  std::int64_t orphan_grace_ns = 10'000'000'000;  // how long the root's orphans may go on
  std::int64_t claim_grace_ns = 1'000'000'000;    // how long a new task waits for its parent's event
  bool wait_root = false;                         // let orphans go as soon as the root ends
  Scope scope = Scope::process;
  const Architecture* arch = &kX86_64;  // never null
  bool plants = true;                   // false: --no-coverage or --safe
  bool shares_own_stops = true;         // the recorder stops when the root stops itself: since version 3 of the machine
  std::uint64_t count_limit = 0;        // after how many a counted probe leaves a memory; 0: it stays
  bool looks_at_the_killed = true;      // backtraces of what --timeout or a second SIGTERM kills: since version 5
  bool takes_out_jumps = true;          // of flags that are set: since version 7
  bool makes_way = true;                // for programs that trace: since version 8
  bool waits_listening = true;          // whoever is about to trace, until its tracee is let go: since version 11
  bool minds_other_threads = true;      // that set SIGTRAP's action, or lose it by an int3: since version 11
  bool looks_at_orphans = true;         // at what stands in the memory of one that is adopted: since version 12
  bool gives_up_int3 = true;      // that can not be taken out, and watches that can not be passed: since version 13
  bool owes_ignored_trap = true;  // while several threads run: since version 13

  std::int64_t duration_ns(Timer timer) const noexcept;
  static constexpr std::int64_t kAttachNs =
      2'000'000'000;  // for all threads to stand still: until then the others wait
  static constexpr std::int64_t kStopSettleNs = 50'000'000;  // for the others of the root's group to stop as well
};

// The last ids that were given before. In the log of one run that is none; in a merged log a run's ids go on where those
// of the run before it ended.
struct LastIds {
  std::uint32_t utid = 0, upid = 0, exec = 0;
};

inline constexpr std::uint32_t kMachineVersion = 13;

// PTRACE_O_TRACESYSGOOD | TRACEFORK | TRACEVFORK | TRACECLONE | TRACEEXEC | TRACEVFORKDONE | EXITKILL.
inline constexpr std::int32_t kEsrch = 3;  // of an action: the task was killed meanwhile, and its end will be reported
inline constexpr std::uint64_t kExitKill = 0x100000;
inline constexpr std::uint64_t kSeizeOptions = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | kExitKill;

enum class ThreadState : std::uint8_t { born, held, running, parked, listening, dying, left_alone };
enum class RunState : std::uint8_t { idle, seizing, attaching, tracing, draining, letting_go, killing, ended };

enum class Errand : std::uint8_t { none, reading, writing, annexing, revealing };

struct Process {
  Upid upid{};
  Tid pid{};
  ExecId exec{};
  std::shared_ptr<AddressSpace> memory;
  TrapSetting trap;
  std::uint32_t threads = 0;
  bool adopted = false;            // its parent never reported it
  bool traces = false;             // its program does: ProbeTable::traces
  bool execed = false;             // what runs in it, and its memory, are its own and not its parent's
  bool bare_copy = false;          // Scope::fork: its memory is a copy in which nothing was planted again yet
  bool borrows = false;            // its memory is a copy, and the flags are still the original's
  std::vector<Placed> to_annex{};  // images of its program that are to have an annex at the first hit
  bool parted = false;             // some of its threads were let go and run on, untraced
  int dies_of = 0;                 // the fault that one of them was let go for: the end of an init
  Upid surveyed_with{};  // attaching: the process whose survey tells of this one; itself, until it was surveyed
  Upid tracer{};         // it is let go, since that process is about to trace it, or, if it is itself, its parent
  std::set<std::pair<ProbeId, ImageAddress>>
      reached{};  // lines of its program that stops told of (Observation::reached)
};

struct Thread {
  Utid utid{};
  Tid tid{};
  Process* process = nullptr;  // null while held
  ThreadState state = ThreadState::running;
  bool vfork_parent = false;  // suspended by the kernel until its vfork child execs or ends
  bool interrupted = false;   // by us, and no PTRACE_EVENT_STOP came of it yet
  bool trap_blocked = false;  // the program's SIGTRAP is, in this thread
  int signal = 0;             // parked: to be delivered when it goes on
  Errand errand = Errand::none;
  bool in_call = false;            // on an errand, or served: it has entered the system call
  act::Inject to_set{};            // by its errand, if it is not what the process has set by then
  bool overtaken = false;          // on its errand: another thread sets SIGTRAP's action itself
  AnnexId annex{};                 // of its errand: what it attaches
  Revealing revealing{};           // of its errand: the call that it makes
  std::vector<Placed> to_annex{};  // images that are to have an annex in its memory, before it goes on
  Upid makes_way{};                // the process that is let go, since this one is about to trace it
  bool bears_served = false;       // its next child is one that is served
  bool served = false;             // its system calls stop, and what it asks of ptrace(2) is done for it
  Utid held_by{};                  // a task that is served: it has attached to this one
  bool listens = false;            // parked: in a group stop
  Tid waits_for{};                 // served: to stand still
};

// What one observation led to. Valid until the next call.
struct Step {
  Utid utid{};    // the task that the observation is about
  ExecId exec{};  // event_exec, surveyed: the new program's id
  std::vector<Action> actions;
  std::vector<Fact> facts;
  std::vector<Rule> rules;  // by which it was decided
};

// A promise of the machine, or of those who drive it, is broken: the log has something that no kernel does.
struct InvariantError : std::logic_error {
  using std::logic_error::logic_error;
};

class Machine {
 public:
  explicit Machine(const Rules& rules, LastIds last = {}) : rules_(rules), last_(last) {}

  // Whether a SIGTRAP with that si_code may come of an int3.
  bool may_be_int3(const Thread& thread, std::int32_t code) const noexcept;
  // What of ours stands where the task has executed a breakpoint instruction.
  Int3 int3_of(const Thread& thread, Address pc) const;

  // An image must be defined before the observation that names it.
  void define_image(std::shared_ptr<const ProbeTable> table);
  const Step& observe(Seq seq, const Observation& observation);
  const Step& performed(const Action& action, std::int32_t error);

  RunState run_state() const noexcept { return run_; }
  bool ended() const noexcept { return run_ == RunState::ended; }
  bool root_execed() const noexcept { return root_execed_; }
  WaitStatus root_status() const noexcept { return root_status_; }  // once the root has ended
  bool timed_out() const noexcept { return timed_out_; }
  bool let_go() const noexcept { return let_go_; }  // something was detached and runs on
  const std::map<Tid, Thread>& threads() const noexcept { return threads_; }
  const std::map<Upid, Process>& processes() const noexcept { return processes_; }
  // Those that an orphan may be a copy of: exec, memory, trap and traces.
  const std::deque<Process>& dropped() const noexcept { return dropped_; }
  bool shares_memory(const Process& process, Tid but_with = {}) const;  // with another process
  // A process that is attached to stands still, as far as its threads are known: it may be surveyed.
  bool is_gathered() const;
  // Whose memory is to be looked at before anything else is waited for: observed::Surveyed.
  std::optional<Tid> orphan() const { return held_.orphan(); }
  bool is_leaving(const Thread& thread) const;  // it is let go at its next stop
  // Scope::run: every probe of the image was hit already.
  bool saw_all(const ProbeTable& table) const { return seen_.has_all(table); }

 private:
  // A wait status, of whatever kind, is a report of its task. What is none has a function of its own.
  template <typename Kind>
  void happened(const Observation& observation, const Kind&) {
    report(observation);
  }
  void happened(const Observation& observation, const observed::Spawned&);
  void happened(const Observation& observation, const observed::Attached& found);
  void happened(const Observation& observation, const observed::Surveyed& survey);
  void happened(const Observation& observation, const observed::TimerRang& rang);
  void happened(const Observation& observation, const observed::RecorderSignal& signal);
  void happened(const Observation& observation, const observed::Echild&);
  void happened(const Observation& observation, const observed::RecordingFailed&);
  void report(const Observation& observation);
  void hold(Thread& thread, const Observation& observation);
  void set_claim_timer();

  void answer(Thread& thread, const Observation& observation);
  void answer(Thread& thread, WaitStatus status, const observed::Exited&);
  void answer(Thread& thread, WaitStatus status, const observed::Signaled&);
  void answer(Thread& thread, WaitStatus status, const observed::SignalDeliveryStop& stop);
  void answer(Thread& thread, WaitStatus status, const observed::EventFork& fork);
  void answer(Thread& thread, WaitStatus status, const observed::EventVfork& vfork);
  void answer(Thread& thread, WaitStatus status, const observed::EventClone& clone);
  void answer(Thread& thread, WaitStatus status, const observed::EventVforkDone&);
  void answer(Thread& thread, WaitStatus status, const observed::EventExec& exec);
  void answer(Thread& thread, WaitStatus status, const observed::GroupStop& stop);
  void answer(Thread& thread, WaitStatus status, const observed::EventStop& stop);
  void answer(Thread& thread, WaitStatus status, const observed::SyscallStop&);
  void answer(Thread& thread, WaitStatus status, const observed::EventExit&);
  void answer(Thread& thread, WaitStatus status, const observed::EventSeccomp&);
  void answer(Thread& thread, WaitStatus status, const observed::Continued&);
  // What no task can report.
  void answer(Thread& thread, WaitStatus status, const observed::Spawned&);
  void answer(Thread& thread, WaitStatus status, const observed::TimerRang&);
  void answer(Thread& thread, WaitStatus status, const observed::RecorderSignal&);
  void answer(Thread& thread, WaitStatus status, const observed::Echild&);
  void answer(Thread& thread, WaitStatus status, const observed::RecordingFailed&);
  void answer(Thread& thread, WaitStatus status, const observed::Attached&);
  void answer(Thread& thread, WaitStatus status, const observed::Surveyed&);

  // A stop for a signal, and which it is for.
  struct Delivery {
    const observed::SignalDeliveryStop& stop;
    int signal;
  };
  void note_reached(Thread& thread, const std::vector<Reached>& reached);
  void answer_probe(Thread& thread, const Delivery& delivery, Address address, ProbeAt at);
  void answer_counted(Thread& thread, const Delivery& delivery, Address address, ProbeAt at);
  void note_hit(Thread& thread, Address address, ProbeAt at);
  void note_flags(const Thread& thread, const std::vector<Flagged>& flagged);
  void answer_birth(Thread& parent, EventKind origin, const Birth& birth);
  void deliver(Thread& thread, const Delivery& delivery);
  void note_stop_signal(const Thread& thread, const Delivery& delivery);
  void look_at_the_dying(const Thread& thread, int signal);
  void let_die(Thread& thread, const Delivery& delivery);
  void leave_alone(Thread& thread);
  void restart_call(const Thread& thread, Address pc);
  void resume(Thread& thread, int signal);
  void resume_after_trap(Thread& thread, bool int3_pending, Address pc);

  void note_call(Thread& thread, const CallDetail& call, WatchAt at);
  void note_sigaction(Thread& thread, const CallDetail& call);
  void make_way(Thread& tracer, const CallDetail& call);
  Process* traced_by(const Thread& tracer, const CallDetail& call);
  void leaves_for(Process& process, const Thread& tracer);
  void take_back_memory(Thread& thread, Tid child);
  bool is_traced(Upid process) const;
  void let_tracers_go_on();
  void wait_no_longer();
  void let_go_on(Thread& tracer);
  bool must_listen(const Thread& thread) const;
  bool must_park(const Thread& thread) const;
  void release(Thread& thread);
  void serve(Thread& thread, const CallDetail& call);
  bool serve_request(Thread& thread, Thread& target, const CallDetail& call);
  void stands_still(const Thread& target);
  void free_held(const Thread& ended);
  void note_output(const Thread& thread, const Written& output);
  int kept_signal(const observed::SignalDeliveryStop& stop) const;
  struct TrapBefore {
    bool blocked;
    bool handler_blocks;
    act::Inject set;
  };
  static TrapBefore trap_of(const Thread& thread);
  void set_trap_again(Thread& thread, TrapBefore before);
  void set_handler_again(Thread& thread, act::Inject handler);
  bool has_lost_action(const Thread& thread, const observed::SignalDeliveryStop& stop) const noexcept;
  TrapSetting trap_after_exec(const Process& process, const ExecDetail& program) const noexcept;
  bool must_owe(const Thread& thread, std::uint64_t handler) const noexcept;
  bool may_owe(const Process& process) const noexcept;
  bool is_discarded(const Thread& thread, const Delivery& delivery) const noexcept;
  void injected(Thread& thread, std::int32_t error);
  void annex_again(Thread& thread);
  void annex_program(Thread& thread);
  void answer_copied_jump(Thread& thread, ProbeId probe);
  void annex_next(Thread& thread);
  bool is_alone(const Process& process) const;  // one thread in a memory of its own
  bool leave_annex(Thread& thread, const Observation& observation);
  void annexed(Thread& thread, std::uint64_t result);
  std::set<AnnexId> shared_annexes() const;
  bool has_counters(Placed image) const;
  void share_counters(const Thread& thread);
  void set_trip_timer();
  void trip_flags();
  void answer_trip(Thread& thread, const observed::SignalDeliveryStop& stop);
  void not_annexed(Thread& thread, std::int32_t error);
  void reveal(Thread& thread);
  void revealed(Thread& thread, std::uint64_t result);
  void not_revealed(Thread& thread, std::int32_t error);
  void note_put_back(const Thread& thread, const Action& action, std::int32_t error);
  bool is_stuck(const Thread& thread, const Int3& int3) const;
  void die_of_int3(Thread& thread);
  void not_passed(const Thread& thread, Address address);
  void note_way(Thread& thread, Address address, WatchAt& at, Way way);
  void retire(Thread& thread, Address address, WatchAt at, TrapBefore before);
  void unwatch(const Thread& thread);
  bool may_clear(const Thread& thread, WatchKind kind, TrapBefore before) const;
  void arm_watches(Thread& thread);
  void arm_watches(Thread& thread, WatchKind kind);
  void not_armed(Thread& thread, Address address, std::int32_t error);

  Thread* find_reporter(const Observation& observation);

  void claim(Thread& child, const Thread& parent, EventKind origin, const Birth& birth);
  void reclaim(Thread& child, const Thread& parent, EventKind origin, const Birth& birth);
  void join(Process* guess, Process& process);
  void claim_timer_rang();
  void adopt(Thread& thread, Process origin);
  void adopt(Thread& thread, const observed::Surveyed& look);
  void went_unclaimed();
  void drop(const Process& process);
  const Process* likeness_of(const observed::Surveyed& look) const;
  void release_held(Thread& thread);
  Process& child_process(const Thread& parent, EventKind origin, const Birth& birth);
  void answer_copy(Thread& thread, const observed::SignalDeliveryStop& stop, Address address);
  void answer_watch(Thread& thread, const observed::SignalDeliveryStop& stop, Address address, WatchAt at);
  void follow_loader(Thread& thread, const std::vector<Placed>& placed);
  bool is_always_planted(Placed image) const;
  void plant(Thread& thread, Placed image);
  void plant_again(Thread& thread);
  bool may_see_more(Placed image) const;
  bool traces(ImageId image) const;
  bool wants_watches(const Process& process, const std::vector<Placed>& placed) const;
  Thread& take_over_leader(Thread& leader, Tid former);

  void thread_ended(Thread& thread, WaitStatus status);
  void remove_thread(Thread& thread, WaitStatus status);
  void process_ended(Process& process, WaitStatus status);
  void root_ended(WaitStatus status);
  void root_is_gone();
  void mind_orphans();
  void expect_the_end();
  bool nobody_is_left() const;
  void end();
  void lost_all();

  void asked_to_stop(const SigInfo& info);
  void asked_to_continue(const SigInfo& info);
  void mind_root_stop();
  bool run_rests() const;
  bool root_is(ThreadState state) const;
  bool root_has_stopped() const;
  void stop_timer();
  void time_is_up();
  void kill_all();
  void look_at_the_killed();
  void kill_task(Tid tid, int signal);
  void let_all_go();
  void is_let_go(Thread& thread);
  void root_goes_on(Thread& leader);
  void bare_memory(const Thread& thread);
  void detached(Thread& thread);
  void went_its_way(Thread& thread);
  void gone_untraced(const Process& process);
  void give_up_silent_leaders();
  void performed(Thread& thread, const Action& action, std::int32_t error);
  void unplanted(const Thread& thread, Placed image, std::int32_t error);
  void not_planted(const Thread& thread, Placed image, std::int32_t error);

  void root_seized(Thread* root, std::int32_t error);
  void thread_seized(Thread& thread, std::int32_t error);
  void park(Thread& thread, int signal);
  Process& attached_process(Tid pid);
  void begin_program(Thread& leader, const observed::Surveyed& survey);
  void plant_attached(Thread& thread, const observed::Surveyed& survey, std::set<const AddressSpace*>& planted);
  void go_on_all();
  void asked_to_leave(const observed::RecorderSignal& signal);
  void leave();

  Thread& add_thread(Tid tid, Process* process, ThreadState state);
  Process& add_process(Tid pid, ExecId exec, std::shared_ptr<AddressSpace> memory);
  void decide(const Thread* thread, act::Any what);
  void set_timer(Timer timer) { decide(nullptr, act::SetTimer{timer, rules_.duration_ns(timer)}); }
  Fact& note(FactKind kind, const Thread* thread);
  void by(Rule rule) { step_.rules.push_back(rule); }
  void note_birth(const Thread& child, Upid parent, EventKind origin);

  Rules rules_;
  std::map<Tid, Thread> threads_;
  std::map<Upid, Process> processes_;
  HeldTasks held_;
  std::map<ImageId, std::shared_ptr<const ProbeTable>> images_;
  SeenProbes seen_;  // Scope::run
  RunState run_ = RunState::idle;
  Upid root_{};
  Tid root_pid_{};
  WaitStatus root_status_;
  bool root_execed_ = false;
  bool timed_out_ = false;
  bool let_go_ = false;
  bool recording_ = true;
  bool attached_ = false;       // the root ran before, and is somebody else's
  bool attached_tree_ = false;  // and descendants of it did
  bool unseen_ = false;         // something runs untraced, and may do what is not reported
  bool terminated_ = false;     // the recorder was asked to end once
  bool any_traces_ = false;     // a program of the run has traced, or looked for leaks: else nobody waits for anybody
  JobControl job_control_;
  LastIds last_;
  AnnexId last_annex_{};
  std::set<AnnexId> lent_annexes_;  // whoever uses them as well is not known any more
  TripClock trips_;
  // Those that ended, or dropped their memory for an exec, the last of them behind: likely parents of a child that nobody reported.
  std::deque<Process> dropped_;
  Seq cause_ = 0;
  Step step_;
};

}  // namespace recount
