// SIGTRAP: that an int3 is forced upon whoever blocks or ignores it, and what the recorder does to set that right.
//
// From force_sig_info_to_task, legacy_queue and ptrace_signal, kernel/signal.c, Linux 6.18.
#include <algorithm>
#include <utility>

#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {
namespace {

constexpr std::uint64_t kHandler = 0x5000;

}  // namespace

// --- what the program does ----------------------------------------------------------------------

void Kernel::begin_call(Task& task, WatchKind kind) {
  const Image* const image = task.memory->image;
  const bool tells_apart = image && kind != WatchKind::ptrace && image->tells_apart();
  if (!image || (!tells_apart && !image->watch_of(kind))) return;
  task.passed = false;
  task.of_other = tells_apart && kind == WatchKind::sigaction && random_.chance(60);
  task.new_setting = random_.below(kind == WatchKind::sigmask || task.of_other ? 2 : 3);
  if (kind == WatchKind::sigaction && task.new_setting > kIgnore) task.new_setting = kHandler;
  const bool clears = task.new_setting == 0 && (kind == WatchKind::sigmask || task.of_other);
  if (tells_apart && kind == WatchKind::sigmask) kind = clears ? WatchKind::sigmask_clear : WatchKind::sigmask_block;
  if (tells_apart && kind == WatchKind::sigaction)
    kind = clears ? WatchKind::sigaction_clear : WatchKind::sigaction_block;
  task.calling = kind;
  task.pc = raw(*image->watch_of(kind) + task.memory->bias);
}

void Kernel::run_call(Task& task) {
  if (task.memory->is_watched(*task.calling) && !task.passed) {
    if (!task.traced && task.memory->given_up) return exit_group(*task.group, WaitStatus::for_death(signals::kTrap));
    if (!task.traced) fail("task " + number(task.tid) + " was let go with a watch in its memory");
    task.pc += 1;
    return trap(task, Trap::watch);
  }
  if (task.calling == WatchKind::ptrace) {
    if (std::exchange(task.way_is_due, false) && !may_be_traced(task))
      fail("task " + number(task.tid) + " is about to trace one that the recorder has not let go");
  } else if (is_of_sigmask(*task.calling)) {
    task.trap_blocked = task.wants_blocked = task.new_setting != 0;
  } else if (task.of_other) {
    const bool must_be_seen = task.group->other_blocks && task.memory->watched && task.claimed && !task.adopted_early &&
                              !task.trap_unknown && task.group->tasks.size() == 1;
    if (must_be_seen && !task.passed) fail("task " + number(task.tid) + " takes an action back, and nobody sees it");
    // What was set before it was attached to is not known, and of two threads not whose call comes last.
    task.group->other_blocks = task.new_setting != 0 && task.passed && task.group->tasks.size() == 1;
  } else {
    task.group->trap = task.group->wanted_trap = task.new_setting;
    task.group->trap_uncertain = task.group->tasks.size() > 1;  // whose call comes last is not told
  }
  task.calling.reset();
}

// It runs on then as if nobody traced it: what is proved is that it could be.
void Kernel::begin_tracing(Task& task, const Group& other) {
  task.target = random_.chance(40) ? 0 : random_.pick(other.tasks)->tid;
  begin_call(task, WatchKind::ptrace);
}

// What is of its own process can't be, and the root is the recorder's child.
bool Kernel::may_be_traced(const Task& tracer) const {
  if (tracer.target == 0) return !tracer.traced || (tracer.group->serial == 1 && !plan_.attaches);
  const Task* const target = task_with(tracer.target);
  return gave_up_waiting_ || !tracer.traced || !target || target->group == tracer.group || target->dead() ||
         target->fatal || !target->traced;
}

// The trap is forced; a SIGTRAP that is pending in the task's own queue takes it in.
void Kernel::trap(Task& task, Trap of) {
  const bool own = of == Trap::own;
  const bool spoils = task.trap_blocked || task.group->trap == kIgnore;
  if (spoils) task.group->trap = kDefault;
  task.trap_blocked = false;
  if (own && spoils) task.group->wanted_trap = kDefault;
  if (own) task.wants_blocked = false;
  Signal signal{.number = signals::kTrap, .code = kSiKernel};
  const auto older = std::find_if(task.signals.begin(), task.signals.end(),
                                  [](const Signal& s) { return s.number == signals::kTrap; });
  if (older != task.signals.end()) {
    const bool can_be_told = task.claimed && !task.adopted_early && !task.trap_unknown;
    if (can_be_told) signal = *older;
    signal.is_older = can_be_told;  // else it does not happen here: nobody knows that it was blocked
    task.signals.erase(older);
  }
  signal.synchronous = true;
  signal.is_probe = !own;
  signal.is_watch = of == Trap::watch;
  // Told of before it is made: it may never be.
  const bool is_setting = of == Trap::watch && is_of_sigaction(*task.calling) && !task.of_other;
  if (is_setting && task.group->tasks.size() > 1) task.group->trap_uncertain = true;
  signal.is_trip = of == Trap::trip;
  task.signals.push_front(signal);
}

bool Kernel::is_deliverable(const Task& task, const Signal& signal) {
  if (task.errand) return signal.number == signals::kStop;
  return signal.number != signals::kTrap || !task.trap_blocked;
}

bool Kernel::has_deliverable(const Task& task) {
  const auto deliverable = [&](const Signal& signal) { return is_deliverable(task, signal); };
  return std::any_of(task.signals.begin(), task.signals.end(), deliverable) ||
         std::any_of(task.group->signals.begin(), task.group->signals.end(), deliverable);
}

// --- what the recorder makes it do --------------------------------------------------------------

void Kernel::run_errand(Task& task) {
  if (++task.call_stops > 2) fail("task " + number(task.tid) + " calls again on one errand");
  if (task.call_stops == 2 && *task.errand != 0) task.group->trap = *task.errand;
  if (task.call_stops == 2 && *task.errand == kIgnore) check_nothing_is_discarded(task);
  Stop stop{.status = WaitStatus::for_stop(signals::kTrap | 0x80)};
  constexpr std::uint64_t kNoMemory = ~std::uint64_t{11};  // 2^64 less ENOMEM
  const bool attaches = task.call_stops == 2 && task.annexes;
  const bool fails = random_.chance(plan_.annex_fails_percent);
  if (attaches) stop.result = fails ? kNoMemory : kAnnex;
  if (task.call_stops == 2 && task.revealing == Revealing::asks)
    stop.result = task.memory->reachable ? 1 : 2 * random_.below(2);
  Memory& memory = *task.memory;
  if (attaches && !fails) {
    memory.without.resize(memory.int3.size());
    memory.annex = std::make_shared<Flags>(
        Flags{std::vector<bool>(memory.int3.size()), std::vector<bool>(memory.int3.size()), false, task.attached});
  }
  stop_task(task, stop);
}

// The kernel discards what is pending when it is ignored.
void Kernel::check_nothing_is_discarded(const Task& task) const {
  for (const Task* const other : task.group->tasks)
    for (const Signal& signal : other->signals)
      if (signal.number == signals::kTrap && signal.is_probe)
        fail("task " + number(task.tid) + " discards the int3 of task " + number(other->tid));
}

// A call that is asked for at an event of a system call would take that one's place.
int Kernel::annex(Tid tid, const act::Annex& what) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("an annex for a task that is not stopped");
  const Stop& stop = *task->stop;
  const bool in_call = (stop.breaks_call && task->resumed) || (stop.status.event() != 0 && stop.status.event() != 128);
  if (in_call) fail("an annex for task " + number(task->tid) + ", which is in a system call");
  if (what.again != task->memory->flagged)
    fail(what.again ? "an annex takes the place of none" : "an annex where there is one");
  if (!is_reached(*task)) return kEio;
  if (random_.chance(plan_.annex_fails_percent)) return kEperm;
  task->errand = 0;
  task->annexes = true;
  task->attached = what.annex;
  task->call_stops = 0;
  return kOk;
}

// What follows needs it.
bool Kernel::is_reached(const Task& task) const {
  if (task.memory->reachable || task.fatal) return true;
  if (!task.memory->given_up) fail("the memory of " + number(task.tid) + " is used, which is hidden");
  return false;
}

int Kernel::reveal(Tid tid, Revealing call) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("an errand for a task that is not stopped");
  if (call == Revealing::asks && (task->errand || task->resumed))
    fail("another task than a new one is to show its memory");
  const auto before = static_cast<Revealing>(static_cast<int>(call) - 1);
  if (task->revealing != before || (task->errand && task->call_stops != 2))
    fail("a task shows its memory out of order");
  if (call == Revealing::asks && random_.chance(plan_.reveal_fails_percent)) {
    task->memory->given_up = !task->memory->reachable;
    return kEperm;
  }
  if (call == Revealing::hides) task->memory->reachable = true;
  task->errand = 0;
  task->revealing = call;
  task->call_stops = 0;
  return kOk;
}

int Kernel::flag(Tid tid, Placed placed) {
  Task* const task = tracee(tid);
  if (!task || task->dead()) return kEsrch;
  if (task->fatal && random_.chance(50)) return kEsrch;
  if (!is_reached(*task)) return kEio;
  Memory& memory = *task->memory;
  if (!memory.image || memory.image->table->image != placed.image || memory.bias != placed.bias)
    fail("jumps of another image");
  if (!memory.annex) fail("jumps to where nothing is");
  memory.flagged = true;
  memory.jumps.resize(memory.int3.size());
  for (std::size_t line = 0; line < memory.jumps.size(); ++line) {
    const bool leads_there = memory.jumps[line] || (memory.image->flagged[line] && memory.int3[line]);
    memory.jumps[line] = leads_there || memory.without[line];
    memory.int3[line] = memory.int3[line] && !memory.jumps[line];
    if (memory.jumps[line] && memory.counts(line)) memory.counting[line] = false;
    memory.without[line] = false;
  }
  return kOk;
}

// Null: it is gone. Its memory may be another by now, and its exec not told.
Task* Kernel::annexed(Tid tid, Placed placed) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || !task->memory->annex) return nullptr;
  const Memory& memory = *task->memory;
  return memory.image->table->image == placed.image && memory.bias == placed.bias ? task : nullptr;
}

int Kernel::trip(Tid tid, Placed placed) {
  const Task* const task = annexed(tid, placed);
  if (!task) return kOk;
  Flags& flags = *task->memory->annex;
  if (task->memory->image->table->has_counters()) fail("a trap for whoever counts");
  for (std::size_t line = 0; line < flags.set.size(); ++line)
    flags.trips[line] = flags.set[line] && task->memory->is_jump(line);
  return kOk;
}

int Kernel::untrip(Tid tid, Placed placed) {
  if (const Task* const task = annexed(tid, placed))
    task->memory->annex->trips.assign(task->memory->int3.size(), false);
  return kOk;
}

// Whoever is in that memory must not be where a jump is about to leave.
int Kernel::unflag(Tid tid, Placed placed) {
  untrip(tid, placed);
  const Task* const task = annexed(tid, placed);
  if (!task) return kEsrch;
  if (task->fatal) return random_.chance(50) ? kEsrch : kOk;
  if (task->life != Life::stopped || !task->waited) fail("jumps leave under a task that is not stopped");
  for (const auto& [serial, other] : tasks_) {  // who was not resumed yet has not come to any
    const bool is_within = other->memory == task->memory && other->resumed && !other->dead() && !other->fatal;
    if (other.get() != task && is_within) fail("jumps leave under task " + number(other->tid));
  }
  Memory& memory = *task->memory;
  for (std::size_t line = 0; line < memory.jumps.size(); ++line) {
    if (!memory.jumps[line] || !memory.annex->set[line]) continue;
    memory.jumps[line] = false;
    memory.without[line] = true;
  }
  return kOk;
}

int Kernel::share(Tid tid, Placed placed) {
  if (const Task* const task = annexed(tid, placed)) task->memory->annex->is_shared = true;
  return kOk;
}

int Kernel::rejoin(Tid tid) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (!task->in_annex) fail("task " + number(task->tid) + " is put back into its program, where it is");
  if (task->pc != kAnnex + task->line * kStubBytes) fail("a task that ran into a trip is not at its begin");
  task->pc = raw(task->memory->image->lines[task->line] + task->memory->bias);
  task->in_annex = false;
  return kOk;
}

int Kernel::inject(Tid tid, std::uint64_t handler) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("an errand for a task that is not stopped");
  if (handler != 0 && task->call_stops != 2) fail("a handler is set before it was read");
  if (handler == 0 && (!is_reached(*task) || random_.chance(plan_.inject_fails_percent))) {
    task->group->trap_lost = true;
    task->way_is_due = false;  // it waits where the call is entered, which is not played here
    return kEperm;
  }
  task->errand = handler;
  task->call_stops = 0;
  return kOk;
}

int Kernel::restore(Tid tid) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (!task->errand || task->call_stops != 2) fail("nothing is to be restored");
  const bool is_shown = task->revealing == Revealing::asks && !task->memory->reachable;
  if (is_shown || task->revealing == Revealing::shows) fail("a task leaves its errand too early");
  task->revealing = {};
  task->errand.reset();
  task->annexes = false;
  task->call_stops = 0;
  return kOk;
}

void Kernel::forget_trap(const Memory& memory) {
  for (const auto& [serial, other] : tasks_)
    if (other->memory.get() == &memory) other->trap_unknown = true;  // without a watch
}

// A watch that is not of use leaves, and comes again.
int Kernel::rest(Tid tid, Address at, bool rests) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  Memory& memory = *task->memory;
  if (!is_reached(*task)) {
    if (!rests) forget_trap(memory);
    return kEio;
  }
  for (const Watch& watch : memory.image->table->watches) {
    if (watch.address + memory.bias != at) continue;
    if (!is_of_clear(watch.kind)) fail("a watch is retired after so few uses");
    // An orphan of before the attachment has what its parent had not yet.
    if (!memory.watched && !rests && !task->may_be_of_orphan()) fail("a watch by itself, where no int3 is");
    if (rests)
      memory.resting.insert(watch.kind);
    else
      memory.resting.erase(watch.kind);
    return kOk;
  }
  fail("no watch is there");
}

int Kernel::block(Tid tid) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("the mask of a task that is not stopped is set");
  task->trap_blocked = true;
  return kOk;
}

int Kernel::pass(Tid tid, Address at) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (!task->calling || !task->stop->signal.is_watch) fail("a watch is passed where none is");
  const ImageAddress watch = *task->memory->image->watch_of(*task->calling);
  if (at != watch + task->memory->bias) fail("another watch is passed");
  task->passed = true;
  task->pc = raw(at) + 4;
  return kOk;
}

// Resumed behind an int3 of ours, it has what it had. Other threads may have trapped, and not be mended yet.
void Kernel::check_trap_setting(const Task& task) const {
  if (!task.claimed || task.adopted_early || task.trap_unknown || task.memory->given_up) return;
  const std::string who = "task " + number(task.tid);
  if (task.trap_blocked != task.wants_blocked) fail(who + " goes on with another mask");
  const bool alone = task.group->tasks.size() == 1 && !task.group->trap_uncertain && !task.group->trap_lost;
  if (alone && task.group->trap != task.group->wanted_trap) fail(who + " goes on with another disposition of SIGTRAP");
}

}  // namespace recount::simulated
