// What the recorder does to the tasks, and what it may not do.
#include <algorithm>

#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {
namespace {

constexpr int kOk = 0, kEperm = 1, kEsrch = 3, kEio = 5;

std::string number(int value) { return std::to_string(value); }

}  // namespace

int Kernel::perform(const Action& action) {
  while (random_.chance(15)) run_one();
  if (random_.permille(plan_.kill_permille)) {
    Task* const somebody = tracee(action.tid);
    if (somebody) exit_group(*somebody->group, WaitStatus::for_death(signals::kKill));
  }
  switch (action.kind) {
    case EventKind::seize: {
      if (plan_.seize_fails) return kEperm;
      Task& root = *tasks_.at(1);
      root.traced = root.ever_traced = true;
      return kOk;
    }
    case EventKind::start: started_ = true; return kOk;
    case EventKind::cont:
    case EventKind::syscall: return resume(action);
    case EventKind::inject: return inject(action);
    case EventKind::restore: return restore(action);
    case EventKind::block: return block(action);
    case EventKind::pass: return pass(action);
    case EventKind::listen: return listen(action);
    case EventKind::detach: return detach(action);
    case EventKind::kill: return kill(action);
    case EventKind::lift:
    case EventKind::mend: return write_byte(action);
    case EventKind::plant:
    case EventKind::unplant: return write_all(action);
    case EventKind::set_pc: return set_pc(action);
    case EventKind::restart: {
      Task* const task = tracee(action.tid);
      if (!task || task->life != Life::stopped) return kEsrch;
      task->restarted = true;
      return kOk;
    }
    case EventKind::interrupt: {
      Task* const task = tracee(action.tid);
      interrupted_ = true;
      if (!task) return kEsrch;
      if (task->dead() || task->fatal) return kOk;
      task->trap_stop = true;
      if (task->life == Life::listening) task->life = Life::running;
      return kOk;
    }
    case EventKind::set_timer: timers_.insert(static_cast<Timer>(action.value)); return kOk;
    case EventKind::suspend: suspend(); return kOk;
    case EventKind::end:
      for (const auto& [serial, task] : tasks_) {
        if (!task->traced || task->dead()) continue;
        if (!given_up_) fail("the recorder ends while " + number(task->tid) + " is still traced");
        exit_group(*task->group, WaitStatus::for_death(signals::kKill));
      }
      return kOk;
    default: fail("an action that the recorder does not know");
  }
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
  if (action.signal != due)
    fail(who + " is resumed with signal " + number(action.signal) + " instead of " + number(due));
  if (task.errand && action.kind != EventKind::syscall) fail(who + " is resumed in the middle of an errand");
  if (stop.signal.is_probe && !task.errand) check_trap_setting(task);
  const bool by_tracing = is_signal || action.kind == EventKind::detach;
  if (task.restarted != (stop.breaks_call && by_tracing))
    fail(who + (task.restarted ? " makes a call again that it should not" : " finds a call broken off"));
  const bool in_group_stop = stop.status.event() == 128 && stop.status.stop_signal() != signals::kTrap;
  const bool goes_on = action.kind == EventKind::cont && !stop.pending_int3;
  if (in_group_stop && goes_on && task.group->stop_signal != 0)
    fail(who + " is stopped by a signal and is made to run");
  if (!stop.signal.synchronous || stop.signal.is_watch) return;
  const std::uint64_t line = raw(task.memory->image->lines[task.line] + task.memory->bias);
  if (task.pc != line + (stop.signal.is_probe ? 0 : 1)) fail(who + " is resumed at the wrong pc");
}

int Kernel::resume(const Action& action) {
  Task* const task = tracee(action.tid);
  if (!task) fail("a resume of " + number(raw(action.tid)) + ", which is no tracee's number");
  if (task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped) fail("task " + number(task->tid) + " is resumed, which is not stopped");
  if (!task->waited) fail("task " + number(task->tid) + " is resumed from a stop that was not waited for");
  check_resume(*task, action);
  if (task->stop->signal.synchronous && !task->stop->signal.is_probe) {
    check_covered(*task);
    task->running_line = false;
  }
  task->injected = action.signal;
  task->requeued = {
      .number = task->stop->signal.number, .code = task->stop->signal.code, .pid = task->stop->signal.pid};
  task->restarted = false;
  task->stop.reset();
  task->resumed = true;
  task->life = Life::running;
  return kOk;
}

int Kernel::listen(const Action& action) {
  Task* const task = tracee(action.tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("LISTEN of a task that is not stopped");
  if (task->stop->status.event() != 128) return kEio;
  if (task->stop->status.stop_signal() == signals::kTrap) fail("LISTEN outside a group stop");
  task->stop.reset();
  task->resumed = true;
  task->life = task->trap_notify ? Life::running : Life::listening;
  return kOk;
}

int Kernel::detach(const Action& action) {
  Task* const task = tracee(action.tid);
  if (task && !task->dead() && !task->fatal && task->memory->has_int3())
    fail("task " + number(task->tid) + " is let go with int3s of ours in its memory");
  if (const int error = resume(action)) return error;
  if (task->adopted_early && !task->claimed && creator_may_tell(*task))  // that late no event is
    exit_group(*tasks_.at(task->creator)->group, WaitStatus::for_death(signals::kKill));
  task->traced = false;
  task->let_go = true;
  task->trap_stop = task->trap_notify = false;
  if (task->group->stop_signal != 0) task->stop_pending = true;
  return kOk;
}

int Kernel::kill(const Action& action) {
  Task* task = nullptr;
  for (const auto& [serial, other] : tasks_) {
    const auto& all = other->group->tasks;  // a process of which a thread was let go may be untraced by now
    const bool of_ours = std::any_of(all.begin(), all.end(), [](const Task* t) { return t->ever_traced; });
    const bool may_be_killed = of_ours || is_left_alone_root(*other);
    if (other->tid == raw(action.tid) && other->life != Life::gone && may_be_killed) task = other.get();
  }
  if (!task)
    fail("signal " + number(action.signal) + " for " + number(raw(action.tid)) + ", which is no tracee's number");
  if (action.signal == signals::kKill)
    exit_group(*task->group, WaitStatus::for_death(signals::kKill));
  else
    generate(*task->group, {.number = action.signal, .pid = 99});
  return kOk;
}

int Kernel::set_pc(const Action& action) {
  Task* const task = tracee(action.tid);
  if (!task || task->dead() || task->fatal) return kEsrch;
  if (task->life != Life::stopped || !task->waited) fail("the pc of a task that is not stopped is set");
  task->pc = action.address;
  return kOk;
}

int Kernel::write_byte(const Action& action) {
  Task* const task = tracee(action.tid);
  if (!task || task->dead()) return kEsrch;
  if (task->fatal && random_.chance(50)) return kEsrch;  // the memory may go before the task does
  Memory& memory = *task->memory;
  if (!memory.image) fail("a write into a memory without an image");
  for (std::size_t line = 0; line < memory.image->lines.size(); ++line) {
    if (raw(memory.image->lines[line] + memory.bias) != action.address) continue;
    const auto& table = *memory.image->table;
    const auto at = std::lower_bound(table.addresses.begin(), table.addresses.end(), memory.image->lines[line]);
    const auto probe = raw(table.first) + static_cast<std::uint32_t>(at - table.addresses.begin());
    if (!memory.image->has_probe[line] || probe != action.value) break;
    memory.int3[line] = false;
    return kOk;
  }
  fail("the byte of another probe is written into the memory of " + number(task->tid));
}

void Kernel::write_int3(Memory& memory) {
  memory.int3 = memory.image->has_probe;
  memory.planted_again = memory.planted;
  if (plan_.rules.scope != Scope::run) return;
  memory.left_out = seen_[raw(memory.image->table->image)];
  for (std::size_t line = 0; line < memory.left_out.size(); ++line)
    if (memory.left_out[line]) memory.int3[line] = false;
}

int Kernel::write_all(const Action& action) {
  Task* const task = tracee(action.tid);
  if (!task || task->dead()) return kEsrch;
  if (task->fatal && random_.chance(50)) return kEsrch;
  Memory& memory = *task->memory;
  const bool planting = action.kind == EventKind::plant;
  const bool right =
      memory.image && raw(memory.image->table->image) == action.value && raw(memory.bias) == action.address;
  if (!right && task->fatal) return kEsrch;  // killed because its memory could not be known: guess_is_right
  if (!right) fail("the probes of another image are written into the memory of " + number(task->tid));
  if (planting && task->life != Life::stopped && !task->fatal) fail("probes are planted under a running task");
  memory.int3.assign(memory.int3.size(), false);
  if (planting && random_.chance(plan_.plant_fails_percent)) {
    memory.unplanted = memory.planted;
    memory.watched = false;
    return kEio;
  }
  if (planting) write_int3(memory);
  memory.watched = planting && !memory.image->table->watches.empty();
  (planting ? memory.planted : memory.unplanted) = true;
  return kOk;
}

}  // namespace recount::simulated
