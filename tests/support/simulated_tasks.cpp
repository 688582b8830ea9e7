// Births, execs, ends and signals.
#include <algorithm>
#include <utility>

#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {
namespace {

struct Cloning {
  EventKind event;
  bool thread;
  bool shared;
  bool waits;
};

Cloning cloning_of(Deed deed) {
  switch (deed) {
    case Deed::vfork: return {EventKind::event_vfork, false, true, true};
    case Deed::vfork_copied: return {EventKind::event_vfork, false, false, true};
    case Deed::fork_shared: return {EventKind::event_fork, false, true, false};
    case Deed::clone_copied: return {EventKind::event_clone, false, false, false};
    case Deed::clone_shared: return {EventKind::event_clone, false, true, false};
    case Deed::thread: return {EventKind::event_clone, true, true, false};
    case Deed::thread_signal: return {EventKind::event_fork, true, true, false};
    default: return {EventKind::event_fork, false, false, false};
  }
}

}  // namespace

// --- births -------------------------------------------------------------------------------------

Group& Kernel::add_group(int pid, int parent) {
  auto& group = groups_[++last_group_];
  group = std::make_unique<Group>();
  group->serial = last_group_;
  group->pid = pid;
  group->parent = parent;
  return *group;
}

Task& Kernel::add_task(int tid, Group& group, std::shared_ptr<Memory> memory) {
  auto& task = tasks_[++last_task_];
  task = std::make_unique<Task>();
  task->serial = last_task_;
  task->tid = tid;
  task->group = &group;
  task->first_group = group.serial;
  task->memory = std::move(memory);
  group.tasks.push_back(task.get());
  return *task;
}

std::shared_ptr<Memory> Kernel::copy_of(const std::shared_ptr<Memory>& memory) {
  auto copy = std::make_shared<Memory>(*memory);
  copy->serial = ++last_memory_serial_;
  copy->hit.assign(copy->hit.size(), false);
  copy->unplanted = false;
  copy->planted_again = false;
  copy->reachable = !copy->hidden;
  copy->parent = memory;
  return copy;
}

// In a circle, as the kernel does; a number is taken as long as a task, or a parent that has not
// waited, has it.
int Kernel::free_tid() {
  for (int tries = 0; tries < plan_.pids; ++tries) {
    const int tid = 100 + (next_tid_++ - 100) % plan_.pids;
    const bool is_zombies = std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) {
      return entry.second->zombie && entry.second->pid == tid;
    });
    if (!task_with(tid) && !is_zombies && !kept_tids_.contains(tid)) return tid;
  }
  return 0;
}

void Kernel::give_birth(Task& task, Deed deed) {
  const int tid = last_task_ < plan_.tasks_max ? free_tid() : 0;
  if (tid == 0) return;
  const Cloning how = cloning_of(deed);
  Group& group = how.thread ? *task.group : add_group(tid, task.group->serial);
  if (!how.thread) {
    group.handled = task.group->handled;
    group.trap = task.group->trap;
    group.other_blocks = task.group->other_blocks && task.group->tasks.size() == 1;
    group.wanted_trap = task.group->wanted_trap;
    group.trap_uncertain = task.group->trap_uncertain || task.group->trap_lost || task.group->tasks.size() > 1;
  }
  Task& child = add_task(tid, group, how.shared ? task.memory : copy_of(task.memory));
  child.creator = task.serial;
  child.traced = child.trap_stop = child.ever_traced = task.traced;
  child.ran = !task.traced;  // else it begins with a stop
  child.stop_pending = how.thread && group.stop_signal != 0;
  child.trap_blocked = task.trap_blocked;
  child.wants_blocked = task.wants_blocked;
  child.trap_unknown = task.trap_unknown || !task.claimed || task.adopted_early;
  child.deeds = random_.between(0, task.deeds);
  if (how.waits) child.vfork_waiter = task.serial;
  task.birth = Bearing{how.event, child.serial, how.waits, task.traced};
}

// Between a birth and its event anything may happen to either of the two: it is a step of its own.
void Kernel::tell_birth(Task& task) {
  const Bearing birth = *std::exchange(task.birth, std::nullopt);
  if (birth.waits) {
    task.vfork_wait = true;
    task.vfork_released = tasks_.at(birth.child)->vfork_waiter == 0;
  }
  if (!task.traced || !birth.traced) return;
  const int event = birth.kind == EventKind::event_fork ? 1 : birth.kind == EventKind::event_vfork ? 2 : 3;
  const auto message = static_cast<std::uint64_t>(tasks_.at(birth.child)->tid);
  stop_task(task, {.status = WaitStatus::for_stop(signals::kTrap, event), .message = message, .child = birth.child});
}

// --- exec ---------------------------------------------------------------------------------------

void Kernel::begin_exec(Task& task) {
  task.exec_wait = true;
  task.exec_image =
      task.serial == 1 && last_exec_ == 0 ? &plan_.images.front() : &plan_.images[random_.below(plan_.images.size())];
  for (Task* const other : std::vector(task.group->tasks))
    if (other != &task) make_fatal(*other, WaitStatus::for_exit(0));
}

// A leader that has just reported a stop may be killed by the exec of another thread, which takes
// its number and stops at its exec event, before the recorder answers: the answer then reaches the
// wrong stop. No tracer can tell; here it does not happen.
bool Kernel::may_finish_exec(const Task& task) const {
  if (reporter_ != 0 && tasks_.at(reporter_)->group == task.group) return false;
  for (const Task* const other : task.group->tasks) {
    const bool dead_leader = other->tid == task.group->pid && other->dead();
    if (other != &task && !dead_leader) return false;
  }
  return true;
}

void Kernel::finish_exec(Task& task) {
  Group& group = *task.group;
  const int former = task.tid;
  for (Task* const leader : std::vector(group.tasks))
    if (leader != &task) {
      leader->end_waited = true;  // nobody ever will
      lost_tids_.insert(leader->tid);
      leader->life = Life::gone;
      std::erase(group.tasks, leader);
    }
  if (former != group.pid && task.traced) kept_tids_[former] = group.serial;
  task.renamed = former != group.pid;
  task.tid = group.pid;

  const bool is_watched = task.memory->watched;
  leave_memory(task);
  load(task, *task.exec_image);
  task.exec_wait = task.running_line = false;
  group.trap = group.trap == kIgnore ? kIgnore : kDefault;
  group.wanted_trap = group.wanted_trap == kIgnore ? kIgnore : kDefault;
  const bool is_known = group.trap == group.wanted_trap || (is_watched && !group.trap_uncertain && !group.trap_lost);
  group.other_blocks = false;
  group.trap_uncertain = !is_known;
  group.trap_lost = false;
  task.wants_blocked = task.trap_blocked;
  task.trap_unknown = false;
  if (!task.traced) return;
  const auto message = static_cast<std::uint64_t>(former);
  stop_task(task, {.status = WaitStatus::for_stop(signals::kTrap, 4), .message = message, .former = former});
}

void Kernel::load(Task& task, const Image& image) {
  task.memory = std::make_shared<Memory>();
  task.memory->serial = ++last_memory_serial_;
  task.memory->exec = ++last_exec_;
  task.memory->image = &image;
  task.memory->hidden = plan_.hides_percent != 0 && random_.chance(plan_.hides_percent);
  task.memory->bias = LoadBias{0x1000 * random_.below(3)};
  task.memory->int3.assign(image.lines.size(), false);
  task.memory->hit = task.memory->int3;
  task.group->handled.clear();
  for (const int signal : {10, 11, 12, 15, 36})
    if (random_.chance(50)) task.group->handled.insert(signal);
}

void Kernel::leave_memory(Task& task) {
  if (task.vfork_waiter == 0) return;
  tasks_.at(task.vfork_waiter)->vfork_released = true;
  task.vfork_waiter = 0;
}

// --- ends ---------------------------------------------------------------------------------------

// SIGKILL and its like: whatever it was stopped for, and was not waited for, is never reported.
void Kernel::make_fatal(Task& task, WaitStatus status) {
  if (task.dead()) return;
  task.fatal = true;
  task.status = status;
  task.life = Life::running;
  task.stop.reset();
}

void Kernel::exit_group(Group& group, WaitStatus status) {
  if (group.exiting || !is_alive(group)) return;
  group.exiting = true;
  group.status = status;
  for (Task* const task : std::vector(group.tasks)) make_fatal(*task, status);
}

void Kernel::die(Task& task) {
  task.life = Life::zombie;
  task.stop.reset();
  task.birth.reset();
  leave_memory(task);
  if (is_left_alone_root(task)) return;
  if (!task.traced && (task.tid != task.group->pid || task.group->tasks.size() == 1)) release(task);
}

// Nobody will ask for it any more. A leader that was not traced follows its last thread.
void Kernel::release(Task& task) {
  Group& group = *task.group;
  task.life = Life::gone;
  std::erase(group.tasks, &task);
  if (task.tid == group.pid) return end_group(group);
  if (group.tasks.size() != 1) return;
  Task& last = *group.tasks.front();
  if (last.life == Life::zombie && !last.traced && !is_left_alone_root(last)) release(last);
}

void Kernel::end_group(Group& group) {
  group.ended = true;
  for (const auto& [serial, child] : groups_)
    if (child->parent == group.serial) {
      child->parent = 0;
      child->zombie = false;
    }
  if (group.parent == 0) return;
  group.zombie = true;
  Group& parent = *groups_.at(group.parent);
  if (is_alive(parent)) generate(parent, {.number = kChld, .code = 1, .pid = group.pid});
}

bool Kernel::is_alive(const Group& group) const {
  return std::any_of(group.tasks.begin(), group.tasks.end(), [](const Task* task) { return !task->dead(); });
}

// --- signals ------------------------------------------------------------------------------------

void Kernel::generate(Group& group, Signal signal, Task* target) {
  if (!is_alive(group) || group.exiting) return;
  auto& queue = target ? target->signals : group.signals;
  const auto drop = [&](auto&& unwanted) {
    std::erase_if(group.signals, unwanted);
    for (Task* const task : group.tasks) std::erase_if(task->signals, unwanted);
  };
  if (is_stop_signal(signal.number)) drop([](const Signal& s) { return s.number == kCont; });
  if (signal.number == kCont) {
    drop([](const Signal& s) { return is_stop_signal(s.number); });
    generate_cont(group);
  }
  const auto is_same = [&](const Signal& s) { return s.number == signal.number; };
  if (signal.number < 34 && std::any_of(queue.begin(), queue.end(), is_same)) return;
  queue.push_back(signal);
}

void Kernel::generate_cont(Group& group) {
  group.stop_signal = 0;
  for (Task* const task : group.tasks) {
    if (task->dead()) continue;
    task->stop_pending = false;
    if (task->traced) task->trap_notify = true;
    if (task->life == Life::listening || task->life == Life::job_stopped) task->life = Life::running;
  }
}

// do_signal_stop: every thread takes part, and each that is seized says so.
void Kernel::stop_group(Group& group, int signal) {
  if (group.exiting) return;
  group.stop_signal = signal;
  for (Task* const task : group.tasks) {
    if (task->dead() || task->life == Life::job_stopped) continue;
    task->stop_pending = true;
    if (task->traced) task->trap_notify = true;
    if (task->life == Life::listening) task->life = Life::running;
  }
}

}  // namespace recount::simulated
