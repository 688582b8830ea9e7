// A process that runs before anybody traces it: what it has done by then, and how it is attached to.
#include <algorithm>

#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {

// It has threads, children, signals that it blocks.
Observation Kernel::first_of_attachment() {
  auto memory = std::make_shared<Memory>();
  memory->serial = ++last_memory_serial_;
  Task& root = add_task(free_tid(), add_group(100, 0), memory);
  load(root, plan_.images.front());
  root.group->known = root.memory;
  started_ = root_began_ = before_ = true;
  for (int turns = random_.between(0, 60); turns > 0; --turns) run_one();
  before_ = false;
  return attached(root);
}

// What does not end the root, or take its number.
void Kernel::do_before(Task& task) {
  constexpr std::array kHarmless{Deed::line,        Deed::fork, Deed::vfork,   Deed::thread, Deed::thread_signal,
                                 Deed::fork_shared, Deed::mask, Deed::dispose, Deed::stop,   Deed::resume};
  const bool lives = task.group->serial == 1;
  const Deed deed = kHarmless[random_.below(kHarmless.size())];
  do_deed(task, lives || random_.chance(70) ? deed : Deed::exit_group);
  if (task.running_line && task.memory->image->own_int3[task.line]) task.running_line = false;
}

Observation Kernel::attached(Task& task) {
  task.named = task.claimed = task.resumed = true;
  task.trap_unknown = false;
  reporter_ = task.serial;
  child_ = 0;
  last_stop_ = {};
  last_memory_ = task.memory;
  return {.tid = Tid{task.tid}, .what = observed::Attached{Tid{groups_.at(1)->pid}}};
}

// Whoever is traced already was born to a thread that is.
std::optional<Observation> Kernel::next_of_attachment(const Machine& machine) {
  if (machine.run_state() != RunState::attaching) return std::nullopt;
  for (Task* const task : groups_.at(1)->tasks)
    if (!task->traced && !task->named && !task->dead()) return attached(*task);
  if (!machine.is_gathered()) return std::nullopt;
  Task* leader = nullptr;
  for (const auto& [serial, task] : tasks_) {
    if (!task->traced || task->life == Life::gone) continue;
    const auto known = machine.threads().find(Tid{task->tid});
    const bool is_told = known == machine.threads().end() || known->second.trap_blocked == task->trap_blocked;
    if (task->tid == groups_.at(1)->pid)
      leader = task.get();
    else if (!is_told)
      return survey(*task);
  }
  return survey(*leader);
}

// Who has set a handler for SIGTRAP by then can not be known.
Observation Kernel::survey(Task& task) {
  reporter_ = task.serial;
  child_ = 0;
  last_stop_ = {};
  last_memory_ = task.memory;
  for (const auto& [serial, group] : groups_)
    if (group->trap > kIgnore || group->tasks.size() > 1) group->trap_uncertain = true;
  observed::Surveyed told;
  told.program.trap_blocked = task.trap_blocked;
  told.program.trap_ignored = task.group->trap == kIgnore;
  const bool is_shared = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    return !entry.second->traced && !entry.second->dead() && entry.second->memory == task.memory;
  });
  const bool names = plan_.rules.plants && !is_shared && task.tid == groups_.at(1)->pid;
  if (names) told.program.image = task.memory->image->table->image;
  if (names) told.program.bias = task.memory->bias;
  return {.tid = Tid{task.tid}, .what = told};
}

int Kernel::seize_running(Tid tid) {
  const auto found = std::find_if(tasks_.begin(), tasks_.end(), [tid](const auto& entry) {
    return entry.second->tid == raw(tid) && !entry.second->dead();
  });
  if (found == tasks_.end()) return kEsrch;
  Task& task = *found->second;
  task.traced = task.ever_traced = true;
  if (task.life != Life::job_stopped) return kOk;
  task.life = Life::running;
  task.trap_stop = true;
  return kOk;
}

}  // namespace recount::simulated
