// What the recorder does to the tasks, and what it may not do.
#include <algorithm>
#include <utility>

#include "schema/vocabulary/operands.hpp"
#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {

int Kernel::perform(const Action& action) {
  while (random_.chance(15)) run_one();
  if (random_.permille(plan_.kill_permille)) {
    Task* const somebody = tracee(action.tid);
    if (somebody) exit_group(*somebody->group, WaitStatus::for_death(signals::kKill));
  }
  return std::visit(Overloaded{[&](const act::Seize&) { return seize(action.tid); },
                               [&](const act::Start&) {
                                 started_ = true;
                                 return kOk;
                               },
                               [&](const act::Cont&) { return resume(action); },
                               [&](const act::Syscall&) { return resume(action); },
                               [&](const act::Inject& what) { return inject(action.tid, what.handler); },
                               [&](const act::Restore&) { return restore(action.tid); },
                               [&](const act::Block&) { return block(action.tid); },
                               [&](const act::Pass& what) { return pass(action.tid, what.at); },
                               [&](const act::Retire& what) { return rest(action.tid, what.at, true); },
                               [&](const act::Arm& what) { return rest(action.tid, what.at, false); },
                               [&](const act::TraceChild&) -> int { fail("no clone here is untraced"); },
                               [&](const act::Serve&) -> int { fail("nobody here is served"); },
                               [&](const act::Listen&) { return listen(action.tid); },
                               [&](const act::Detach&) { return detach(action); },
                               [&](const act::Kill& what) { return kill(action.tid, what.signal); },
                               [&](const act::Annex& what) { return annex(action.tid, what); },
                               [&](const act::Flag& what) {
                                 return flag(action.tid, {what.image, what.bias});
                               },
                               [&](const act::Reveal& what) { return reveal(action.tid, what.call); },
                               [&](const act::Rejoin&) { return rejoin(action.tid); },
                               [&](const act::Trip& what) {
                                 return trip(action.tid, {what.image, what.bias});
                               },
                               [&](const act::Untrip& what) {
                                 return untrip(action.tid, {what.image, what.bias});
                               },
                               [&](const act::Share& what) {
                                 return share(action.tid, {what.image, what.bias});
                               },
                               [&](const act::Unflag& what) {
                                 return unflag(action.tid, {what.image, what.bias});
                               },
                               [&](const act::Emulate& what) { return emulate(action.tid, what.probe, what.at); },
                               [&](const act::Lift& what) { return lift(action.tid, what); },
                               [&](const act::Mend& what) { return write_byte(action.tid, what.probe, what.at); },
                               [&](const act::Plant& what) { return plant(action.tid, what); },
                               [&](const act::Unplant& what) {
                                 return write_all(action.tid, {what.image, what.bias}, false);
                               },
                               [&](const act::SetPc& what) { return set_pc(action.tid, what.pc); },
                               [&](const act::Restart&) { return restart(action.tid); },
                               [&](const act::Interrupt&) { return interrupt(action.tid); },
                               [&](const act::SetTimer& what) {
                                 timers_.insert(what.timer);
                                 return kOk;
                               },
                               [&](const act::Suspend&) {
                                 suspend();
                                 return kOk;
                               },
                               [&](const act::Snapshot&) { return snapshot(action.tid); },
                               [&](const act::End&) { return end(); }},
                    action.what);
}

int Kernel::seize(Tid tid) {
  if (plan_.seize_fails) return kEperm;
  if (plan_.attaches) return seize_running(tid);
  Task& root = *tasks_.at(1);
  root.traced = root.ever_traced = true;
  return kOk;
}

int Kernel::restart(Tid tid) {
  Task* const task = tracee(tid);
  if (!task || task->life != Life::stopped) return kEsrch;
  task->restarted = true;
  return kOk;
}

int Kernel::interrupt(Tid tid) {
  Task* const task = tracee(tid);
  interrupted_ = true;
  if (!task) return kEsrch;
  if (task->dead() || task->fatal) return kOk;
  task->trap_stop = task->interrupted = task->asked = true;
  if (task->life == Life::listening) task->life = Life::running;
  return kOk;
}

// Of its threads, those that the recorder knows to run are on their way to a stop.
int Kernel::snapshot(Tid tid) {
  const Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  const bool stands = task->life == Life::stopped;  // told or not: an exec may just have taken the number over
  if (!stands && !task->asked) fail("a look at a task that neither stands nor was asked to stop");
  for (const Task* const other : task->group->tasks) {
    const bool runs =
        other != task && other->life == Life::running && !other->trap_stop && !other->trap_notify && !other->fatal;
    if (runs && other->traced && other->resumed && other->claimed)
      fail(number(other->tid) + " runs on while its process is looked at");
  }
  return kOk;
}

int Kernel::end() {
  for (const auto& [serial, task] : tasks_) {
    if (!task->traced || task->dead()) continue;
    if (!given_up_) fail("the recorder ends while " + number(task->tid) + " is still traced");
    exit_group(*task->group, WaitStatus::for_death(signals::kKill));
  }
  return kOk;
}

// The recorder stands still; the tasks go on, until somebody continues the whole group.
void Kernel::suspend() {
  for (int turns = random_.between(0, 20); turns > 0; --turns) run_one();
  if (random_.chance(80)) generate(*groups_.at(1), {.number = 18, .pid = 1});
  continued_ = true;
}

Task* Kernel::tracee(Tid tid) {
  for (const auto& [serial, task] : tasks_)
    if (task->traced && task->tid == raw(tid) && task->life != Life::gone) return task.get();
  return nullptr;
}

void Kernel::check_resume(const Task& task, const Action& action) const {
  const Stop& stop = *task.stop;
  const std::string who = "task " + number(task.tid);
  const bool is_signal = stop.status.kind() == EventKind::signal_delivery_stop;
  const bool is_due = is_signal && (!stop.signal.is_probe || stop.signal.is_older);
  const int due = is_due ? stop.signal.number : 0;
  const int signal = signal_of(action);
  // What it does about SIGTRAP may be known as another thread, or a parent, had set it a moment before or after.
  const bool is_owed = due == signals::kTrap && task.group->trap == kDefault;
  if (signal != due && !(is_owed && signal == 0))
    fail(who + " is resumed with signal " + number(signal) + " instead of " + number(due));
  if (task.errand && !action.as<act::Syscall>()) fail(who + " is resumed in the middle of an errand");
  if (stop.signal.is_probe && !task.errand) check_trap_setting(task);
  const bool by_tracing = is_signal || stop.interrupted || action.as<act::Detach>() != nullptr;
  // The stop may have been there before; or it was answered before its task was to be let go.
  const bool may_be_by_tracing = (task.asked || (plan_.attaches && action.as<act::Detach>())) && stop.breaks_call;
  if (task.restarted != (stop.breaks_call && by_tracing) && !may_be_by_tracing)
    fail(who + (task.restarted ? " makes a call again that it should not" : " finds a call broken off"));
  const bool in_group_stop = stop.status.event() == 128 && stop.status.stop_signal() != signals::kTrap;
  const bool goes_on = action.as<act::Cont>() != nullptr && !stop.pending_int3;
  if (in_group_stop && goes_on && task.group->stop_signal != 0)
    fail(who + " is stopped by a signal and is made to run");
  if (!stop.signal.synchronous || stop.signal.is_watch || task.emulated) return;
  const std::uint64_t line = raw(task.memory->image->lines[task.line] + task.memory->bias);
  if (task.pc != line + (stop.signal.is_probe ? 0 : 1)) fail(who + " is resumed at the wrong pc");
}

int Kernel::resume(const Action& action) {
  Task* const task = tracee(action.tid);
  if (!task && lost_tids_.contains(raw(action.tid))) return kEsrch;
  if (!task) fail("a resume of " + number(raw(action.tid)) + ", which is no tracee's number");
  if (task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped) fail("task " + number(task->tid) + " is resumed, which is not stopped");
  if (!task->waited) fail("task " + number(task->tid) + " is resumed from a stop that was not waited for");
  check_resume(*task, action);
  if (task->stop->signal.synchronous && !task->stop->signal.is_probe) {
    if (task->stop->planted) check_covered(*task);
    task->running_line = false;
  }
  if (std::exchange(task->emulated, false)) task->running_line = false;
  task->injected = signal_of(action);
  task->requeued = {
      .number = task->stop->signal.number, .code = task->stop->signal.code, .pid = task->stop->signal.pid};
  task->restarted = false;
  if (task->stop->status.event() == 128) task->asked = false;
  task->stop.reset();
  task->resumed = true;
  task->ran = false;
  task->life = Life::running;
  return kOk;
}

int Kernel::listen(Tid tid) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("LISTEN of a task that is not stopped");
  if (task->stop->status.event() != 128) return kEio;
  const bool in_group_stop = task->stop->status.stop_signal() != signals::kTrap;
  if (!in_group_stop && task->calling != WatchKind::ptrace)
    fail("LISTEN outside a group stop, of one that does not trace");
  task->stop.reset();
  task->resumed = true;
  task->life = task->trap_notify ? Life::running : Life::listening;
  return kOk;
}

int Kernel::detach(const Action& action) {
  Task* const task = tracee(action.tid);
  if (task && !task->dead() && !task->fatal && task->memory->has_int3() && !task->memory->given_up)
    fail("task " + number(task->tid) + " is let go with int3s of ours in its memory");
  if (const int error = resume(action)) return error;
  if (task->adopted_early && !task->claimed && creator_may_tell(*task))  // that late no event is
    exit_group(*tasks_.at(task->creator)->group, WaitStatus::for_death(signals::kKill));
  forget_trap(*task->memory);
  task->traced = false;
  task->let_go = true;
  task->trap_stop = task->trap_notify = false;
  if (task->group->stop_signal != 0) task->stop_pending = true;
  return kOk;
}

int Kernel::kill(Tid tid, int signal) {
  Task* task = nullptr;
  for (const auto& [serial, other] : tasks_) {
    const auto& all = other->group->tasks;  // a process of which a thread was let go may be untraced by now
    const bool of_ours = std::any_of(all.begin(), all.end(), [](const Task* t) { return t->ever_traced; });
    const bool may_be_killed = of_ours || is_left_alone_root(*other);
    if (other->tid == raw(tid) && other->life != Life::gone && may_be_killed) task = other.get();
  }
  if (!task) fail("signal " + number(signal) + " for " + number(raw(tid)) + ", which is no tracee's number");
  if (signal == signals::kKill)
    exit_group(*task->group, WaitStatus::for_death(signals::kKill));
  else
    generate(*task->group, {.number = signal, .pid = 99});
  return kOk;
}

int Kernel::set_pc(Tid tid, Address pc) {
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("the pc of a task that is not stopped is set");
  task->pc = raw(pc);
  return kOk;
}

int Kernel::lift(Tid tid, const act::Lift& what) {
  const Task* const task = tracee(tid);
  if (task && !task->dead() && task->memory->image && task->memory->counts(task->line))
    fail("a probe is lifted that is to count");
  return write_byte(tid, what.probe, what.at);
}

int Kernel::write_byte(Tid tid, ProbeId written, Address address) {
  Task* const task = tracee(tid);
  if (!task || task->dead()) return kEsrch;
  if (task->fatal && random_.chance(50)) return kEsrch;  // the memory may go before the task does
  if (!is_reached(*task)) return kEio;
  Memory& memory = *task->memory;
  const std::size_t line = line_of(memory, written, address);
  memory.int3[line] = false;
  if (memory.counts(line)) memory.counting[line] = false;
  return kOk;
}

std::size_t Kernel::line_of(const Memory& memory, ProbeId wanted, Address address) const {
  if (!memory.image) fail("a memory without an image has no probe");
  for (std::size_t line = 0; line < memory.image->lines.size(); ++line) {
    if (memory.image->lines[line] + memory.bias != address) continue;
    const auto& table = *memory.image->table;
    const auto at = std::lower_bound(table.addresses.begin(), table.addresses.end(), memory.image->lines[line]);
    const auto probe = raw(table.first) + static_cast<std::uint32_t>(at - table.addresses.begin());
    if (!memory.image->has_probe[line] || probe != raw(wanted)) break;
    return line;
  }
  fail("another probe is meant than the one that stands there");
}

// Where it would fault, the byte is put back instead.
int Kernel::emulate(Tid tid, ProbeId probe, Address at) {
  constexpr int kEfault = 14;
  Task* const task = tracee(tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (!task->stop || !task->stop->signal.synchronous || !task->stop->signal.is_probe || task->stop->signal.is_watch)
    fail("an instruction is done for " + number(task->tid) + ", which stands at no probe");
  Memory& memory = *task->memory;
  const std::size_t line = line_of(memory, probe, at);
  if (line != task->line || !memory.image->counted[line])
    fail("a line is counted that " + number(task->tid) + " is not at");
  if (random_.chance(plan_.emulate_fails_percent)) {
    if (is_reached(*task)) memory.int3[line] = memory.counting[line] = false;
    task->pc = raw(at);
    return kEfault;
  }
  task->emulated = true;
  return kOk;
}

void Kernel::write_int3(Memory& memory) {
  memory.int3 = memory.image->has_probe;
  memory.counting = memory.image->counted;
  memory.planted_again = memory.planted;
  if (plan_.rules.scope != Scope::run) return;
  memory.left_out = seen_[raw(memory.image->table->image)];
  for (std::size_t line = 0; line < memory.left_out.size(); ++line)
    if (memory.left_out[line]) memory.int3[line] = false;
}

// In memory that was lent those that were hit before stay away.
int Kernel::plant(Tid tid, const act::Plant& what) {
  if (const int error = write_all(tid, {what.image, what.bias}, true)) return error;
  Memory& memory = *tracee(tid)->memory;
  if (!what.seen || plan_.rules.scope == Scope::run) return kOk;
  const ProbeTable& table = *memory.image->table;
  for (std::size_t line = 0; line < memory.int3.size(); ++line) {
    const auto at = std::lower_bound(table.addresses.begin(), table.addresses.end(), memory.image->lines[line]);
    const auto index = static_cast<std::size_t>(at - table.addresses.begin());
    if (memory.image->has_probe[line] && (*what.seen)[index]) memory.int3[line] = memory.counting[line] = false;
  }
  return kOk;
}

int Kernel::write_all(Tid tid, Placed placed, bool planting) {
  Task* const task = tracee(tid);
  if (!task || task->dead()) return kEsrch;
  if (task->fatal && random_.chance(50)) return kEsrch;
  Memory& memory = *task->memory;
  const bool right = memory.image && memory.image->table->image == placed.image && memory.bias == placed.bias;
  if (!right && task->fatal) return kEsrch;  // killed because its memory could not be known: is_alone_in_memory
  if (!right) fail("the probes of another image are written into the memory of " + number(task->tid));
  const bool stops_first = task->trap_stop || task->trap_notify;
  const bool stands = task->life == Life::stopped || task->life == Life::listening || stops_first;
  if (planting && !stands && !task->fatal) fail("probes are planted under a running task");
  if (!is_reached(*task)) return kEio;
  memory.int3.assign(memory.int3.size(), false);
  memory.counting.clear();
  if (planting && random_.chance(plan_.plant_fails_percent)) {
    memory.unplanted = memory.planted;
    memory.watched = false;
    memory.resting.clear();
    return kEio;
  }
  if (planting) write_int3(memory);
  memory.watched = planting && !memory.image->table->watches.empty();
  memory.resting.clear();
  (planting ? memory.planted : memory.unplanted) = true;
  return kOk;
}

}  // namespace recount::simulated
