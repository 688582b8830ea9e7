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
  started_ = root_began_ = before_ = true;
  for (int turns = random_.between(0, 60); turns > 0; --turns) run_one();
  before_ = false;
  for (const auto& [serial, group] : groups_) group->guarded = serial != 1 && random_.chance(10);
  return attached(root);
}

// What does not end the root, or take its number.
void Kernel::do_before(Task& task) {
  constexpr std::array kHarmless{Deed::line,        Deed::fork, Deed::vfork,   Deed::thread, Deed::thread_signal,
                                 Deed::fork_shared, Deed::mask, Deed::dispose, Deed::stop,   Deed::resume};
  const bool lives = task.group->serial == 1;
  const bool execs = !lives && plan_.attaches_tree && random_.chance(20);
  const Deed deed = execs ? Deed::exec : kHarmless[random_.below(kHarmless.size())];
  do_deed(task, lives || random_.chance(70) ? deed : Deed::exit_group);
  if (task.running_line && task.memory->image->own_int3[task.line]) task.running_line = false;
}

Observation Kernel::attached(Task& task) {
  task.named = task.claimed = task.resumed = task.group->found = true;
  task.trap_unknown = false;
  reporter_ = task.serial;
  child_ = 0;
  last_stop_ = {};
  last_memory_ = task.memory;
  const Group& group = *task.group;
  const bool is_descendant = group.serial != 1 && task.tid == group.pid;
  if (is_descendant) task.memory->exec = ++last_exec_;  // what runs in it is told of for itself
  const Tid parent{is_descendant ? groups_.at(group.parent)->pid : 0};
  return {.tid = Tid{task.tid}, .what = observed::Attached{Tid{group.pid}, parent}};
}

// A descendant whose leader could not be traced, or has gone its way, is left untraced, and so are its own. Whoever is traced without a name was born to
// one that is.
bool Kernel::is_attachable(const Group& group) const {
  const auto leads = [](const Group& one) {
    const auto at = std::find_if(one.tasks.begin(), one.tasks.end(), [&](Task* task) { return task->tid == one.pid; });
    return at == one.tasks.end() || (*at)->dead() ? nullptr : *at;
  };
  const Task* const leader = leads(group);
  if (!leader || (group.found && !leader->traced)) return false;
  if (group.serial == 1) return true;
  const auto parent = groups_.find(group.parent);
  if (!plan_.attaches_tree || parent == groups_.end()) return false;
  const Task* const of = leads(*parent->second);
  return of && of->traced;
}

std::optional<Observation> Kernel::next_of_attachment(const Machine& machine) {
  if (machine.run_state() != RunState::attaching) return std::nullopt;
  for (const auto& [serial, group] : groups_) {
    if (!is_attachable(*group)) continue;
    Task* next = nullptr;
    for (Task* const task : group->tasks)
      if (!task->traced && !task->named && !task->dead() && (!next || task->tid == group->pid)) next = task;
    if (next) return attached(*next);
  }
  if (!machine.is_gathered()) return std::nullopt;
  Task* leader = nullptr;
  for (const auto& [serial, task] : tasks_) {
    if (!task->traced || task->life == Life::gone) continue;
    const auto known = machine.threads().find(Tid{task->tid});
    if (known == machine.threads().end()) continue;
    const Process& process = *known->second.process;
    const bool is_own = process.pid == known->first && process.surveyed_with == process.upid;
    if (is_own && !leader)
      leader = task.get();
    else if (!is_own && known->second.trap_blocked != task->trap_blocked)
      return survey(*task, known->second);
  }
  return survey(*leader, machine.threads().at(Tid{leader->tid}));
}

// Who has set a handler for SIGTRAP by then can not be known.
Observation Kernel::survey(Task& task, const Thread& known) {
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
    const Task& other = *entry.second;
    return !other.dead() && other.memory == task.memory && (!other.traced || other.named) && other.group != task.group;
  });
  const bool is_own = known.process->surveyed_with == known.process->upid && known.tid == known.process->pid;
  if (plan_.rules.plants && !is_shared && is_own) {
    told.program.image = task.memory->image->table->image;
    told.program.bias = task.memory->bias;
  }
  return {.tid = Tid{task.tid}, .what = told};
}

int Kernel::seize_running(Tid tid) {
  const auto found = std::find_if(tasks_.begin(), tasks_.end(), [tid](const auto& entry) {
    return entry.second->tid == raw(tid) && entry.second->named && !entry.second->traced;
  });
  Task& task = *found->second;
  if (task.dead() || task.group->guarded) {
    task.let_go = true;
    return task.dead() ? kEsrch : kEperm;
  }
  task.traced = task.ever_traced = true;
  if (task.life != Life::job_stopped) return kOk;
  task.life = Life::running;
  task.trap_stop = true;
  return kOk;
}

}  // namespace recount::simulated
