// Processes that play at random, and the part of the kernel that a tracer sees: no process is
// started for it.
//
//   Kernel kernel(plan, seed);
//   while (...) { observation = kernel.wait(); ... error = kernel.perform(action); }
//
// Each task is a small program that makes up its mind as it goes: it runs lines of its image,
// forks, execs, signals. It runs a step at a time, in any order, also between two calls of the
// recorder. Its memory is one bit a line: is our int3 there. wait() answers with any report that is
// ready, as wait4(2) may, and gathers what an Observation carries.
//
// It is faithful, from kernel/signal.c, kernel/ptrace.c, kernel/exit.c and fs/exec.c of Linux 6.18,
// in this: a stop that was not waited for is lost when its task is killed; a parent that is killed
// between making a child and its event never reports it; PTRACE_EVENT_STOP comes before pending
// signals, even a trap's; any stop uses up an interrupt; SIGCONT makes every thread of a seized
// process report; LISTEN; a leader's end waits for its threads to be reaped; exec waits for the
// threads to be reaped and takes the leader's number; who shares memory is asked when it is waited
// for.
//
// What no tracer may do is a Failure: to resume what has not reported, to lose or to invent a
// signal, to leave the pc behind an int3 of ours or an int3 of ours in the memory of a task that is
// let go, to write into the wrong memory.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/machine/machine.hpp"
#include "tests/support/simulated_plan.hpp"

namespace recount::simulated {

inline constexpr int kOk = 0, kEperm = 1, kEio = 5;
inline constexpr std::uint64_t kAnnex = 0x30000000, kStubBytes = 64;  // where it is, and the code of a line's flag
inline constexpr int kUsr1 = 10, kSegv = 11, kUsr2 = 12, kChld = 17, kCont = 18, kRealTime = 36;
constexpr bool is_stop_signal(int signal) { return signal >= signals::kStop && signal <= signals::kTtou; }
inline std::string number(int value) { return std::to_string(value); }

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Signal {
  int number = 0;
  int code = 0;
  int pid = 0;
  bool synchronous = false;  // raised by the task's own instruction: dequeued first
  bool is_probe = false;     // by an int3 of ours where the program has none
  bool is_watch = false;     // by one that stays
  bool is_trip = false;      // by one in the code that sets a flag
  bool is_older = false;     // it was pending when an int3 was executed, and took that trap in
};

struct Flags {              // memory of the recorder's, which a copy of a memory has as well until it attaches others
  std::vector<bool> set;    // by line
  std::vector<bool> trips;  // by line: an int3 is where the code begins that sets it
  bool is_shared = false;   // counters are added to under a lock
  AnnexId id{};
};

struct Memory {
  int serial = 0;
  int exec = 0;  // which exec made it, or made what it is a copy of; 0: before the first
  const Image* image = nullptr;
  LoadBias bias{};
  std::vector<bool> int3;          // by line: ours
  std::vector<bool> counting;      // by line: the int3 is there to stay
  std::vector<bool> jumps;         // by line: a jump is there, to where a flag is set
  std::vector<bool> without;       // by line: it has left again, for the flag was set
  std::shared_ptr<Flags> annex;    // null: none was attached
  bool flagged = false;            // its jumps were written
  bool watched = false;            // the watches are planted
  std::set<WatchKind> resting;     // but for these
  std::vector<bool> hit;           // by line: the machine said so
  bool planted = false;            // all probes were written after its exec
  bool planted_again = false;      // since it is a copy of another's
  std::vector<bool> left_out;      // by line: not planted, for the run has seen it
  bool unplanted = false;          // and all were taken out again
  bool hidden = false;             // by its program: a copy can't be reached
  bool reachable = true;           // the recorder has its file open
  bool given_up = false;           // it can't have
  std::shared_ptr<Memory> parent;  // what it is a copy of
  bool counts(std::size_t line) const { return line < counting.size() && counting[line]; }
  bool is_jump(std::size_t line) const { return line < jumps.size() && jumps[line]; }
  bool is_tripped(std::size_t line) const { return is_jump(line) && annex && annex->trips[line]; }
  bool is_watched(WatchKind kind) const { return watched && !resting.contains(kind); }
  bool has_int3() const;
};

struct Task;

struct Group {  // a process
  int serial = 0;
  int pid = 0;
  int parent = 0;            // serial of the group; 0: none that waits
  std::vector<Task*> tasks;  // those that are not gone
  std::deque<Signal> signals;
  std::set<int> handled;
  std::uint64_t trap = kDefault;         // what is done about SIGTRAP
  bool other_blocks = false;             // an action that blocks SIGTRAP is set for a signal that nobody sends
  std::uint64_t wanted_trap = kDefault;  // as the program has set it
  bool trap_lost = false;                // the recorder could not set it again
  bool trap_uncertain = false;           // copied from a process of several threads, or set by one: nobody can know
  int stop_signal = 0;                   // it is stopped, by this
  bool exiting = false;
  WaitStatus status{};   // if exiting, or ended
  bool ended = false;    // for its parent and the tracer
  bool zombie = false;   // its parent has not waited
  bool guarded = false;  // not to be traced
  bool found = false;    // of what is attached to: its leader was
};

enum class Life : std::uint8_t { running, stopped, listening, job_stopped, zombie, gone };

struct Stop {
  WaitStatus status{};
  Signal signal{};  // signal_delivery_stop
  std::uint64_t message = 0;
  int child = 0;   // serial, of a birth
  int former = 0;  // of an exec
  bool pending_int3 = false;
  bool breaks_call = false;  // a system call that would go on untraced
  bool interrupted = false;  // by PTRACE_INTERRUPT
  bool planted = false;      // the memory was, when it came to this
  std::uint64_t result = 0;  // of a system call
};

struct Bearing {
  EventKind kind{};
  int child = 0;
  bool waits = false;   // CLONE_VFORK
  bool traced = false;  // when it began: else there is no event
};

struct Task {
  int serial = 0;
  int tid = 0;
  Group* group = nullptr;
  int first_group = 0;  // serial
  int creator = 0;
  std::shared_ptr<Memory> memory;
  Life life = Life::running;
  bool traced = false;
  bool ever_traced = false;
  bool let_go = false;
  bool reported = false;  // anything, to a wait
  bool claimed = false;   // its creator's event was waited for
  bool adopted_early = false;
  bool resumed = false;  // since its first stop
  bool ran = true;       // since it was resumed: else it is in no other call than at the stop before
  std::optional<Stop> stop;
  bool waited = false;  // the stop was
  bool end_waited = false;
  bool fatal = false;
  WaitStatus status{};
  bool asked = false;  // PTRACE_INTERRUPT, since its last PTRACE_EVENT_STOP
  bool interrupted = false, trap_stop = false, trap_notify = false, stop_pending = false, restarted = false;
  std::deque<Signal> signals;
  int injected = 0;
  std::optional<Bearing> birth;
  bool vfork_wait = false, vfork_released = false;
  int vfork_waiter = 0;  // serial of the task that waits for this one to leave the memory
  bool exec_wait = false, child_wait = false;
  bool named = false;    // of a process that is attached to: the recorder has found it
  bool renamed = false;  // by its exec, and killed before that could be told: it ends as if it were its leader
  const Image* exec_image = nullptr;
  bool trap_blocked = false, wants_blocked = false;  // in its mask; and as it has set it
  bool trap_unknown = false;                         // to the recorder: an ancestor was never claimed
  std::optional<WatchKind> calling;                  // a function of the C library
  bool of_other = false;                             // it calls sigaction for a signal that nobody sends
  std::uint64_t new_setting = 0;                     // what it gives it: blocked or not, a disposition
  bool passed = false;                               // the watch there
  int target = 0;                                    // ptrace: the number of the task that it is about; 0: itself
  bool way_is_due = false;                           // that one must not be traced by the recorder any more
  std::optional<std::uint64_t> errand;               // what it is made to set: 0, it only reads
  Signal requeued;                                   // that is delivered while it is blocked
  int call_stops = 0;                                // of the errand's call
  bool annexes = false;                              // the errand is to attach flags
  AnnexId attached{};                                // of these
  Revealing revealing{};                             // the errand is to show its memory: the last call
  bool emulated = false;                             // what the int3 displaces was done for it, at this stop
  bool running_line = false;
  std::size_t line = 0;
  bool in_annex = false;  // behind the int3 of a trip
  int traps = 0;          // at this line, since it began
  std::uint64_t pc = 0;
  int deeds = 0;
  bool dead() const { return life == Life::zombie || life == Life::gone; }
  bool may_be_of_orphan() const { return !claimed || adopted_early || trap_unknown; }
};

class Kernel {
 public:
  Kernel(const Plan& plan, std::uint64_t seed);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  Observation first();  // spawned, or attached
  // Instead of wait(), while a process is attached to. None: wait().
  std::optional<Observation> next_of_attachment(const Machine& machine);
  std::optional<Observation> look_at(std::optional<Tid> orphan);  // likewise
  Observation wait();
  Observation recording_failed(int error);  // the recorder noticed that before it waited
  int perform(const Action& action);

  // About the last observation, for whoever judges the answer to it.
  int reporter() const { return reporter_; }  // serial of the task, or 0
  int child() const { return child_; }        // serial of the task that it says is born, or 0
  const Stop& stop() const { return last_stop_; }
  const Memory& memory() const { return *last_memory_; }  // the reporter's, when it was waited for
  const std::map<int, std::unique_ptr<Task>>& tasks() const { return tasks_; }
  const Group& group(int serial) const { return *groups_.at(serial); }
  const Task* task_with(int tid) const;
  WaitStatus end_of(const Task& task) const;
  bool is_left_alone_root(const Task& task) const;
  void run_untraced();  // those that were let go, to their ends

  // What the machine said.
  void note_hit();

 private:
  // Running tasks: simulated_kernel.cpp.
  bool run_one();
  bool can_run(const Task& task) const;
  void step(Task& task);
  void take_signal(Task& task);
  void deliver(Task& task, int signal);
  void act(Task& task);
  void do_deed(Task& task, Deed deed);
  void run_line(Task& task);
  void run_into_trip(Task& task);
  void check_lock(const Task& task) const;
  // SIGTRAP: simulated_trap.cpp.
  void begin_call(Task& task, WatchKind kind);
  void run_call(Task& task);
  void begin_tracing(Task& task, const Group& other);
  bool may_be_traced(const Task& tracer) const;
  enum class Trap : std::uint8_t { probe, own, watch, trip };
  void trap(Task& task, Trap of);
  void run_errand(Task& task);
  static bool is_deliverable(const Task& task, const Signal& signal);
  static bool has_deliverable(const Task& task);
  void check_trap_setting(const Task& task) const;
  void check_nothing_is_discarded(const Task& task) const;
  int inject(Tid tid, std::uint64_t handler);
  int restore(Tid tid);
  int annex(Tid tid, const act::Annex& what);
  int reveal(Tid tid, Revealing call);
  bool is_reached(const Task& task) const;
  int flag(Tid tid, Placed placed);
  int trip(Tid tid, Placed placed);
  int untrip(Tid tid, Placed placed);
  int rest(Tid tid, Address at, bool rests);
  int unflag(Tid tid, Placed placed);
  int share(Tid tid, Placed placed);
  int rejoin(Tid tid);
  Task* annexed(Tid tid, Placed placed);
  void forget_trap(const Memory& memory);
  int block(Tid tid);
  int pass(Tid tid, Address at);
  int lift(Tid tid, const act::Lift& what);
  int emulate(Tid tid, ProbeId probe, Address at);
  std::size_t line_of(const Memory& memory, ProbeId probe, Address address) const;
  void check_covered(const Task& task) const;
  bool reap_child(Task& task);
  // Births, execs, ends, signals: simulated_tasks.cpp.
  Task& add_task(int tid, Group& group, std::shared_ptr<Memory> memory);
  Group& add_group(int pid, int parent);
  std::shared_ptr<Memory> copy_of(const std::shared_ptr<Memory>& memory);
  int free_tid();
  void give_birth(Task& task, Deed deed);
  void tell_birth(Task& task);
  void begin_exec(Task& task);
  bool may_finish_exec(const Task& task) const;
  void finish_exec(Task& task);
  void leave_memory(Task& task);
  void make_fatal(Task& task, WaitStatus status);
  void exit_group(Group& group, WaitStatus status);
  void die(Task& task);
  void release(Task& task);
  void end_group(Group& group);
  void generate(Group& group, Signal signal, Task* target = nullptr);
  void generate_cont(Group& group);
  void stop_group(Group& group, int signal);
  bool is_alive(const Group& group) const;
  // What the tracer sees: simulated_wait.cpp.
  void stop_task(Task& task, Stop stop);
  bool end_is_ready(const Task& task) const;
  std::vector<Task*> ready() const;
  void forget_reporter();
  std::optional<Observation> from_outside();
  std::optional<Observation> idle();
  bool claim_timer_may_fire();
  bool is_alone_in_memory(const Task& child) const;
  bool creator_may_tell(const Task& child) const;
  Observation timer(Timer timer);
  Observation recorder_signal(int signal, int code = 0, int pid = 1);
  Observation take(Task& task);
  Observation take_end(Task& task);
  Observation take_stop(Task& task);
  template <typename Kind>
  void gather(const Task&, Kind&) {}  // there is nothing more to tell
  void gather(Task& task, observed::SignalDeliveryStop& told);
  static bool is_fatal(const Group& group, int signal);
  void gather(const Task& task, observed::GroupStop& told);
  void gather(const Task& task, observed::EventStop& told);
  void gather(const Task& task, observed::EventVforkDone& told);
  void gather(const Task& task, observed::EventExec& told);
  void gather(const Task& task, observed::SyscallStop& told) { told.result = task.stop->result; }
  template <EventKind K>
  void gather(const Task& task, observed::NewTask<K>& told) {
    told.message = Tid{static_cast<std::int32_t>(task.stop->message)};
    if (task.stop->child != 0) told.birth = birth_at(*task.stop, task);
  }
  Birth birth_at(const Stop& stop, const Task& task);
  // What it does: simulated_ptrace.cpp.
  Task* tracee(Tid tid);
  int resume(const Action& action);
  void check_resume(const Task& task, const Action& action) const;
  int detach(const Action& action);
  int listen(Tid tid);
  int kill(Tid tid, int signal);
  int write_byte(Tid tid, ProbeId written, Address address);
  int plant(Tid tid, const act::Plant& what);
  int write_all(Tid tid, Placed placed, bool planting);
  void write_int3(Memory& memory);
  int set_pc(Tid tid, Address pc);
  int seize(Tid tid);
  // A root that runs before it is traced: simulated_attach.cpp.
  Observation first_of_attachment();
  Observation attached(Task& task);
  bool is_attachable(const Group& group) const;
  Observation survey(Task& task, const Thread& known);
  void do_before(Task& task);
  void load(Task& task, const Image& image);
  int seize_running(Tid tid);
  int restart(Tid tid);
  int interrupt(Tid tid);
  int snapshot(Tid tid);
  int end();
  void suspend();
  [[noreturn]] void fail(const std::string& what) const;

  const Plan& plan_;
  Random random_;
  std::map<int, std::unique_ptr<Task>> tasks_;
  std::map<int, std::unique_ptr<Group>> groups_;
  std::set<Timer> timers_;
  int last_task_ = 0, last_group_ = 0, last_memory_serial_ = 0, last_exec_ = 0, next_tid_ = 0;
  std::set<int> lost_tids_;  // of those whom another thread's exec has ended: one of them may stand still, unanswered
  std::map<int, int> kept_tids_;  // of those who execed, until the tracer knows; and their group
  int reporter_ = 0, child_ = 0, silences_ = 0;
  Stop last_stop_;
  std::shared_ptr<Memory> last_memory_;
  std::map<std::uint32_t, std::vector<bool>> seen_;  // by image and line: hit somewhere in the run
  bool started_ = false, root_began_ = false, disk_full_ = false, interrupted_ = false;
  bool before_ = false;           // nobody is traced yet
  bool continued_ = false;        // the recorder, and it was not told yet
  bool gave_up_waiting_ = false;  // for those to stop that somebody is about to trace
  bool given_up_ = false;         // the last thing was a signal to the recorder: it may leave everything as it is
};

}  // namespace recount::simulated
