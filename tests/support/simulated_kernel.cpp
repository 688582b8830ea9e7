// The tasks themselves: what they do when it is their turn.
#include "tests/support/simulated_kernel.hpp"

#include <algorithm>
#include <utility>

namespace recount::simulated {
namespace {

constexpr std::array kFatalByDefault{signals::kHup, signals::kInt, signals::kTrap, kUsr1,
                                     kSegv,         kUsr2,         signals::kTerm, kRealTime};

// By default; what a program ignores of its own will is no different.
bool is_ignored(const Group& group, int signal) { return signal == kChld && !group.handled.contains(signal); }

bool dumps_core(int signal) { return signal == signals::kTrap || signal == kSegv; }

}  // namespace

bool Memory::has_int3() const {
  for (std::size_t line = 0; line < int3.size(); ++line)
    if (int3[line] || is_tripped(line)) return true;
  return watched;
}

Kernel::Kernel(const Plan& plan, std::uint64_t seed) : plan_(plan), random_(seed ^ 0x5bd1e995U), next_tid_(100) {}

bool Kernel::is_fatal(const Group& group, int signal) {
  if (signal == signals::kTrap) return group.trap == kDefault;
  const bool can_be = std::find(kFatalByDefault.begin(), kFatalByDefault.end(), signal) != kFatalByDefault.end();
  return can_be && !group.handled.contains(signal);
}

void Kernel::fail(const std::string& what) const { throw Failure(what); }

const Task* Kernel::task_with(int tid) const {
  for (const auto& [serial, task] : tasks_)
    if (task->tid == tid && task->life != Life::gone) return task.get();
  return nullptr;
}

WaitStatus Kernel::end_of(const Task& task) const { return task.group->exiting ? task.group->status : task.status; }

// --- whose turn it is ---------------------------------------------------------------------------

bool Kernel::run_one() {
  std::vector<Task*> able;
  for (const auto& [serial, task] : tasks_)
    if (can_run(*task)) able.push_back(task.get());
  if (able.empty()) return false;
  step(*random_.pick(able));
  return true;
}

bool Kernel::can_run(const Task& task) const {
  if (task.life != Life::running || !started_) return false;
  if (task.fatal || task.birth) return true;
  if (task.vfork_wait) return task.vfork_released;
  if (task.exec_wait) return may_finish_exec(task);
  if (task.injected != 0 || task.stop_pending || has_deliverable(task)) return true;
  if (task.traced && (task.trap_stop || task.trap_notify)) return true;
  if (task.errand) return true;
  if (!task.child_wait) return true;
  const bool has_child = std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) {
    return entry.second->parent == task.group->serial && !entry.second->zombie;
  });
  const bool has_zombie = std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) {
    return entry.second->parent == task.group->serial && entry.second->zombie;
  });
  return has_zombie || !has_child;
}

// On its way to user mode: what the kernel looks at first comes first (exit_to_user_mode,
// get_signal).
void Kernel::step(Task& task) {
  if (task.fatal) return die(task);
  if (task.birth) return tell_birth(task);
  if (task.vfork_wait) {
    task.vfork_wait = task.vfork_released = false;
    if (task.traced) stop_task(task, {.status = WaitStatus::for_stop(signals::kTrap, 5)});
    return;
  }
  if (task.exec_wait) return finish_exec(task);
  if (task.injected != 0) return deliver(task, std::exchange(task.injected, 0));
  if (task.stop_pending) {
    task.stop_pending = false;
    if (task.traced)
      task.trap_stop = true;
    else
      task.life = Life::job_stopped;
    return;
  }
  if (task.traced && (task.trap_stop || task.trap_notify)) {
    const int signal = task.group->stop_signal != 0 ? task.group->stop_signal : signals::kTrap;
    const bool int3 = !task.signals.empty() && task.signals.front().synchronous;
    const bool in_call =
        signal == signals::kTrap && !task.running_line && !task.errand && !int3 && task.ran && random_.chance(30);
    return stop_task(task, {.status = WaitStatus::for_stop(signal, 128), .pending_int3 = int3, .breaks_call = in_call});
  }
  if (has_deliverable(task)) return take_signal(task);
  if (task.errand) return run_errand(task);
  act(task);
}

void Kernel::take_signal(Task& task) {
  const auto deliverable = [&](const Signal& s) { return is_deliverable(task, s); };
  const bool own = std::any_of(task.signals.begin(), task.signals.end(), deliverable);
  auto& queue = own ? task.signals : task.group->signals;
  const auto first = std::find_if(queue.begin(), queue.end(), deliverable);
  const Signal signal = *first;
  queue.erase(first);
  if (task.traced) {
    const bool in_call =
        is_ignored(*task.group, signal.number) && !task.running_line && !task.errand && task.ran && random_.chance(50);
    return stop_task(task, {.status = WaitStatus::for_stop(signal.number), .signal = signal, .breaks_call = in_call});
  }
  if (signal.is_probe)
    fail("an int3 of ours raised a signal in task " + std::to_string(task.tid) + ", which was let go");
  if (signal.synchronous) task.running_line = false;
  deliver(task, signal.number);
}

void Kernel::deliver(Task& task, int signal) {
  if (!is_deliverable(task, {.number = signal})) return task.signals.push_front(task.requeued);
  if (is_stop_signal(signal)) return stop_group(*task.group, signal);
  if (is_fatal(*task.group, signal)) return exit_group(*task.group, WaitStatus::for_death(signal, dumps_core(signal)));
}

// --- what it does -------------------------------------------------------------------------------

void Kernel::act(Task& task) {
  task.ran = true;
  if (task.running_line) return run_line(task);
  if (task.calling) return run_call(task);
  if (task.child_wait) {
    task.child_wait = false;
    reap_child(task);
    return;
  }
  if (before_) return do_before(task);
  if (++task.deeds > plan_.deeds_max) return do_deed(task, Deed::exit_thread);
  if (!std::exchange(root_began_, true)) {
    if (!plan_.root_exec_fails) return begin_exec(task);
    return exit_group(*task.group, WaitStatus::for_exit(127));
  }
  int total = 0;
  for (const int weight : plan_.weights) total += weight;
  int at = static_cast<int>(random_.below(static_cast<std::uint64_t>(total)));
  std::size_t deed = 0;
  while (at >= plan_.weights[deed]) at -= plan_.weights[deed++];
  do_deed(task, static_cast<Deed>(deed));
}

void Kernel::do_deed(Task& task, Deed deed) {
  constexpr std::array kCatchable{signals::kTerm, signals::kInt, kUsr1, kUsr2, kRealTime, signals::kTrap};
  constexpr std::array kRaised{signals::kTrap, kSegv, kUsr1, kRealTime};
  constexpr std::array kStops{signals::kStop, signals::kTstp, signals::kTtin};
  std::vector<Group*> alive;
  for (const auto& [serial, group] : groups_)
    if (is_alive(*group)) alive.push_back(group.get());
  Group& other = *random_.pick(alive);
  switch (deed) {
    case Deed::line:
      if (!task.memory->image) return;
      task.line = random_.below(task.memory->image->lines.size());
      task.traps = 0;
      task.running_line = true;
      task.pc = raw(task.memory->image->lines[task.line] + task.memory->bias);
      return;
    case Deed::mask: return begin_call(task, WatchKind::sigmask);
    case Deed::dispose: return begin_call(task, WatchKind::sigaction);
    case Deed::trace: return begin_tracing(task, other);
    case Deed::exec: return begin_exec(task);
    case Deed::exit_thread: task.status = WaitStatus::for_exit(random_.between(0, 5)); return die(task);
    case Deed::exit_group: return exit_group(*task.group, WaitStatus::for_exit(random_.between(0, 5)));
    case Deed::wait: task.child_wait = true; return;
    case Deed::raise:
      return generate(*task.group, {.number = kRaised[random_.below(kRaised.size())], .pid = task.group->pid}, &task);
    case Deed::kill:
      return generate(other, {.number = kCatchable[random_.below(kCatchable.size())], .pid = task.group->pid});
    case Deed::kill_hard: return exit_group(other, WaitStatus::for_death(signals::kKill));
    case Deed::stop: return generate(other, {.number = kStops[random_.below(kStops.size())], .pid = task.group->pid});
    case Deed::resume: return generate(other, {.number = kCont, .pid = task.group->pid});
    default: return give_birth(task, deed);
  }
}

// One instruction. An int3, ours or the program's, leaves the pc behind itself and raises SIGTRAP.
void Kernel::run_line(Task& task) {
  const Memory& memory = *task.memory;
  const std::uint64_t address = raw(memory.image->lines[task.line] + memory.bias);
  if (task.pc != address) fail("task " + std::to_string(task.tid) + " runs on in the middle of an instruction");
  if (memory.is_jump(task.line)) {
    if (!memory.annex) fail("task " + std::to_string(task.tid) + " jumps to where nothing is");
    if (memory.is_tripped(task.line)) return run_into_trip(task);
    if (memory.image->counted[task.line]) check_lock(task);
    memory.annex->set[task.line] = true;
    task.running_line = false;
    return;
  }
  const bool ours = memory.int3[task.line];
  const bool own = memory.image->own_int3[task.line];
  if (!ours && !own) {
    check_covered(task);
    task.running_line = false;
    return;
  }
  if (ours && !task.traced && memory.given_up) return exit_group(*task.group, WaitStatus::for_death(signals::kTrap));
  if (ours && !task.traced) fail("task " + std::to_string(task.tid) + " was let go with an int3 of ours in its memory");
  if (++task.traps > (memory.given_up ? 4 : 2))
    fail("task " + std::to_string(task.tid) + " traps at one line for ever");
  task.pc = address + 1;
  trap(task, own ? Trap::own : Trap::probe);
}

// Two that add to one counter at a time lose one of both.
void Kernel::check_lock(const Task& task) const {
  if (task.memory->annex->is_shared || !task.traced || disk_full_) return;  // who was let go counts for nobody
  for (const auto& [serial, other] : tasks_) {
    const bool runs = other->traced && other->life == Life::running && !other->vfork_wait && !other->fatal &&
                      other->resumed && !other->errand;
    if (other.get() != &task && runs && other->memory && other->memory->annex == task.memory->annex)
      fail("tasks " + number(task.tid) + " and " + number(other->tid) + " count at a time, without a lock");
  }
}

void Kernel::run_into_trip(Task& task) {
  if (!task.traced) fail("task " + std::to_string(task.tid) + " was let go with a trip in its memory");
  task.pc = kAnnex + task.line * kStubBytes + 1;
  task.in_annex = true;
  trap(task, Trap::trip);
}

// It ran over a line that had a probe: then somebody has hit it, here or in the memory that this is
// a copy of.
void Kernel::check_covered(const Task& task) const {
  const Memory* memory = task.memory.get();
  if (memory->counts(task.line))
    fail("task " + std::to_string(task.tid) + " ran a line that counts, and nobody saw it");
  if (!memory->planted || !memory->image->has_probe[task.line]) return;
  if (task.line < memory->without.size() && memory->without[task.line]) return;
  for (; memory; memory = memory->parent.get()) {
    if (memory->hit[task.line] || memory->unplanted ||
        (memory->left_out.size() > task.line && memory->left_out[task.line]))
      return;
    if (memory->planted_again) break;
  }
  fail("task " + std::to_string(task.tid) + " ran a line that has a probe, and nobody saw it");
}

void Kernel::run_untraced() {
  for (int turns = 0; turns < 10'000 && run_one(); ++turns) {
  }
}

bool Kernel::reap_child(Task& task) {
  for (const auto& [serial, group] : groups_) {
    if (group->parent != task.group->serial || !group->zombie) continue;
    group->zombie = false;
    group->parent = 0;
    return true;
  }
  return false;
}

}  // namespace recount::simulated
