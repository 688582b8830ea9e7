// What the recorder sees of the tasks: one report at a time, of any that are ready.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {
namespace {

constexpr int kPatience = 20;
constexpr std::uint64_t kBehindACall = 0x5ca11;

// Handlers are over at once, and do not block the signal.
CallDetail call_of(const Task& task) {
  constexpr std::uint64_t kSetMask = 2, kNoDefer = 0x40000000, kTrapBit = 0x10;
  constexpr std::uint64_t kAttach = 16;
  if (task.calling == WatchKind::ptrace)
    return {.number = 101, .first = task.target == 0 ? 0 : kAttach, .flags = static_cast<std::uint64_t>(task.target)};
  if (is_of_sigmask(*task.calling))
    return {.number = 14, .first = kSetMask, .has_new = true, .mask = task.new_setting ? kTrapBit : 0};
  constexpr std::uint64_t kWinch = 28, kHandler = 0x5000;
  if (task.of_other)
    return {
        .number = 13, .first = kWinch, .has_new = true, .mask = task.new_setting ? kTrapBit : 0, .handler = kHandler};
  return {.number = 13,
          .first = signals::kTrap,
          .has_new = true,
          .mask = 0,
          .handler = task.new_setting,
          .flags = kNoDefer};
}

}  // namespace

// --- waiting ------------------------------------------------------------------------------------

Observation Kernel::first() {
  if (plan_.attaches) return first_of_attachment();
  auto memory = std::make_shared<Memory>();
  memory->serial = ++last_memory_serial_;
  Task& root = add_task(free_tid(), add_group(100, 0), memory);
  root.claimed = root.resumed = true;
  reporter_ = root.serial;
  child_ = 0;
  last_memory_ = memory;
  return {.tid = Tid{root.tid}, .what = observed::Spawned{}};
}

// Any stop uses up an interrupt (ptrace_stop); only an event stop uses up a notification.
void Kernel::stop_task(Task& task, Stop stop) {
  task.life = Life::stopped;
  task.trap_stop = false;
  stop.interrupted = std::exchange(task.interrupted, false);
  stop.planted = task.memory && task.memory->planted;
  if (stop.status.event() == 128) task.trap_notify = false;
  task.stop = stop;
  task.waited = false;
}

// The root is the recorder's own child: its end is reported whether it is traced or not.
bool Kernel::is_left_alone_root(const Task& task) const {
  return !plan_.attaches && !task.traced && tasks_.at(1)->ever_traced && task.group->serial == 1 &&
         task.tid == task.group->pid;
}

bool Kernel::end_is_ready(const Task& task) const {
  const bool reports = task.traced || is_left_alone_root(task);
  if (!reports || task.life != Life::zombie || task.end_waited) return false;
  if (task.adopted_early && !task.claimed && creator_may_tell(task)) return false;  // that late no event is
  return task.tid != task.group->pid || task.group->tasks.size() == 1;
}

std::vector<Task*> Kernel::ready() const {
  std::vector<Task*> all;
  for (const auto& [serial, task] : tasks_) {
    const bool stopped = task->traced && task->life == Life::stopped && task->stop && !task->waited;
    if (stopped || end_is_ready(*task)) all.push_back(task.get());
  }
  return all;
}

void Kernel::forget_reporter() {
  reporter_ = child_ = 0;
  last_stop_ = {};
  given_up_ = false;
}

Observation Kernel::recording_failed(int error) {
  forget_reporter();
  disk_full_ = true;
  return {.what = observed::RecordingFailed{error}};
}

Observation Kernel::wait() {
  forget_reporter();
  for (int turns = 0; turns < 100'000; ++turns) {
    if (auto observation = from_outside()) return *observation;
    const std::vector<Task*> able = ready();
    if (!able.empty() && random_.chance(plan_.report_percent)) return take(*able[random_.below(able.size())]);
    if (run_one() || !able.empty()) continue;
    if (auto observation = idle()) return *observation;
  }
  fail("the run goes on for ever");
}

std::optional<Observation> Kernel::from_outside() {
  constexpr int kEnospc = 28, kEtime = 62;
  if (!disk_full_ && random_.permille(plan_.disk_full_permille))
    return recording_failed(random_.chance(50) ? kEnospc : kEtime);
  if (std::exchange(continued_, false)) return recorder_signal(signals::kCont);
  if (random_.permille(plan_.outside_permille)) {
    constexpr std::array kOutside{signals::kTerm, signals::kTerm, signals::kTerm, signals::kInt,
                                  signals::kTstp, signals::kTstp, signals::kCont, kUsr1};
    const int signal = kOutside[random_.below(kOutside.size())];
    const int code = random_.chance(30) ? kSiKernel : kSiUser;
    const int pid = code == kSiKernel ? 0 : random_.chance(30) ? random_.between(100, 110) : 1;
    const Observation observation = recorder_signal(signal, code, pid);
    const bool job_control = signal == signals::kTstp || signal == kCont;
    if (job_control && random_.chance(70)) generate(*groups_.at(1), {.number = signal, .pid = 1});
    return observation;
  }
  if (!timers_.empty() && random_.permille(plan_.timer_permille)) {
    const Timer which = *std::next(timers_.begin(), static_cast<std::ptrdiff_t>(random_.below(timers_.size())));
    const bool too_early = which == Timer::orphans && interrupted_;  // silence is what it waits for: idle()
    if (!too_early && (which != Timer::claim || claim_timer_may_fire())) return timer(which);
  }
  return std::nullopt;
}

Observation Kernel::recorder_signal(int signal, int code, int pid) {
  given_up_ = true;
  observed::RecorderSignal sent;
  sent.siginfo.signo = signal;
  sent.siginfo.code = code;
  sent.siginfo.pid = pid;
  return {.what = sent};
}

Observation Kernel::timer(Timer which) {
  timers_.erase(which);
  gave_up_waiting_ = gave_up_waiting_ || which == Timer::attach;
  return {.what = observed::TimerRang{which}};
}

// Nothing runs and nothing is reported: whoever is stopped by a signal is continued from outside,
// time passes, or it hangs.
std::optional<Observation> Kernel::idle() {
  const bool any = std::any_of(tasks_.begin(), tasks_.end(), [this](const auto& entry) {
    const Task& task = *entry.second;
    return (task.traced || is_left_alone_root(task)) && task.life != Life::gone;
  });
  if (!any && !plan_.other_children) return Observation{.what = observed::Echild{}};
  if (timers_.contains(Timer::claim) && claim_timer_may_fire()) return timer(Timer::claim);
  for (const auto& [serial, group] : groups_) {
    if (!is_alive(*group) || group->stop_signal == 0) continue;
    generate(*group, {.number = kCont, .pid = 1});
    return std::nullopt;
  }
  if (timers_.contains(Timer::attach)) return timer(Timer::attach);
  // Again and again: somebody is waited for who is gone, and nobody can know
  // (Machine::give_up_silent_leaders). It takes patience, and two SIGTERMs.
  if (timers_.contains(Timer::orphans) && ++silences_ > kPatience) return recorder_signal(signals::kTerm);
  if (timers_.contains(Timer::orphans)) return timer(Timer::orphans);
  if (timers_.contains(Timer::attach)) return timer(Timer::attach);
  if (timers_.contains(Timer::stop)) return timer(Timer::stop);
  if (timers_.contains(Timer::timeout)) return timer(Timer::timeout);
  for (const Task* const task : ready()) fail("a ready report of " + number(task->tid) + " is not taken");
  for (const auto& [serial, task] : tasks_)
    if (can_run(*task)) return std::nullopt;
  fail("nothing moves any more");
}

// --- the claim timer ----------------------------------------------------------------------------

bool Kernel::creator_may_tell(const Task& child) const {
  const Task& creator = *tasks_.at(child.creator);
  if (creator.dead() || creator.fatal) return false;
  const bool will = creator.birth && creator.birth->child == child.serial;
  const bool does = creator.stop && creator.stop->child == child.serial && !creator.waited;
  return will || does;
}

// That others are in the same memory can not be known.
bool Kernel::is_alone_in_memory(const Task& child) const {
  return std::count_if(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
           return !entry.second->dead() && entry.second->memory == child.memory;
         }) == 1;
}

bool Kernel::claim_timer_may_fire() {
  std::vector<Task*> doomed;
  for (const auto& [serial, task] : tasks_) {
    if (task->traced && !task->reported && task->life != Life::gone)
      return false;  // in all that time it would have been
    if (!task->traced || task->claimed || task->resumed) continue;
    const bool dying = task->dead() || task->fatal;
    if (creator_may_tell(*task)) {
      const bool harmless = !task->memory->has_int3();
      const bool thread = task->tid != task->group->pid;
      if (!plan_.late_claims || !harmless || dying || thread) return false;
      task->adopted_early = true;
    } else if (!dying && !is_alone_in_memory(*task)) {
      doomed.push_back(task.get());
    }
  }
  for (Task* const task : doomed) exit_group(*task->group, WaitStatus::for_death(signals::kKill));
  return doomed.empty();
}

// As long as it stands still.
std::optional<Observation> Kernel::look_at(std::optional<Tid> orphan) {
  if (!orphan) return std::nullopt;
  forget_reporter();
  observed::Surveyed look;
  const Task* const task = task_with(raw(*orphan));
  if (!task) fail("an orphan is to be looked at that has gone");
  reporter_ = task->serial;
  last_memory_ = task->memory;
  if (!task->dead() && task->memory->image) look.placed = {{task->memory->image->table->image, task->memory->bias}};
  if (!task->dead() && task->memory->annex) look.annex = task->memory->annex->id;
  look.program.trap_blocked = task->trap_blocked;
  look.program.trap_ignored = task->group->trap == kIgnore;
  return Observation{.tid = *orphan, .what = look};
}

// --- one report ---------------------------------------------------------------------------------

Observation Kernel::take(Task& task) {
  reporter_ = task.serial;
  task.reported = true;
  last_memory_ = task.memory;
  return task.life == Life::zombie ? take_end(task) : take_stop(task);
}

Observation Kernel::take_end(Task& task) {
  const WaitStatus status = end_of(task);
  const Observation observation{Tid{task.tid}, status, observation_of(status.kind()).value()};
  task.end_waited = true;
  if (task.tid == task.group->pid) {
    if (!task.group->exiting) task.group->status = task.status;
    std::erase_if(kept_tids_, [&](const auto& kept) { return kept.second == task.group->serial; });
  }
  release(task);
  return observation;
}

Observation Kernel::take_stop(Task& task) {
  const WaitStatus status = task.stop->status;
  Observation observation{Tid{task.tid}, status, observation_of(status.kind()).value()};
  last_stop_ = *task.stop;
  task.waited = true;
  // Killed after it was waited for, and before it could be asked for anything.
  if (random_.permille(plan_.kill_permille)) exit_group(*task.group, WaitStatus::for_death(signals::kKill));
  kept_tids_.erase(last_stop_.former);
  if (task.life != Life::stopped) return observation;
  std::visit([&](auto& what) { gather(task, what); }, observation.what);
  const bool is_looked_at = observation.as<observed::SignalDeliveryStop>() || observation.as<observed::EventStop>();
  observation.in_annex = task.in_annex && is_looked_at;
  if (last_stop_.message != 0 || last_stop_.pending_int3) task.renamed = false;
  return observation;
}

void Kernel::gather(Task& task, observed::SignalDeliveryStop& told) {
  const Stop& stop = *task.stop;
  if (stop.breaks_call) told.pc = Address{kBehindACall};
  told.siginfo.signo = stop.signal.number;
  told.siginfo.code = stop.signal.code;
  told.siginfo.pid = stop.signal.pid;
  if (stop.signal.number == signals::kTrap) told.pc = Address{task.pc};
  if (stop.signal.is_watch) told.call = call_of(task);
  if (stop.signal.is_watch && task.calling == WatchKind::ptrace) {
    const Task* const target = task.target == 0 ? &task : task_with(task.target);
    task.way_is_due = target && target->claimed && !target->adopted_early && target->resumed;
  }
  told.fatal = !stop.signal.is_probe && !stop.signal.is_watch && is_fatal(*task.group, stop.signal.number);
}

void Kernel::gather(const Task& task, observed::GroupStop& told) { told.int3_pending = task.stop->pending_int3; }

void Kernel::gather(const Task& task, observed::EventStop& told) {
  told.int3_pending = task.stop->pending_int3;
  const bool is_wrong = plan_.hides_percent != 0 && random_.chance(5);  // its page is not there (MADV_DONTFORK)
  told.memory_hidden = !task.resumed && (!task.memory->reachable || is_wrong);
  if (task.stop->breaks_call) told.pc = Address{kBehindACall};
}

void Kernel::gather(const Task& task, observed::EventVforkDone& told) {
  told.child = Tid{static_cast<std::int32_t>(task.stop->message)};
}

void Kernel::gather(const Task& task, observed::EventExec& told) {
  told.former = Tid{static_cast<std::int32_t>(task.stop->message)};
  if (task.memory->image->no_follow) {
    told.program.no_follow = "*";
    return;
  }
  told.program.image = task.memory->image->table->image;
  told.program.bias = task.memory->bias;
  told.program.trap_blocked = task.trap_blocked;
  told.program.trap_ignored = task.group->trap == kIgnore;
}

Birth Kernel::birth_at(const Stop& stop, const Task& task) {
  child_ = stop.child;
  Task& child = *tasks_.at(stop.child);
  child.claimed = true;
  child.trap_unknown = child.trap_unknown || task.trap_unknown;
  Birth birth{.child = Tid{child.tid}};
  const Task* const now = task_with(child.tid);  // whoever has the number: after an early adoption and an exec, another
  if (now || child.group->zombie) birth.tgid = Tid{child.group->pid};
  if (now && !now->dead()) birth.memory = now->memory == task.memory ? MemorySharing::shared : MemorySharing::copied;
  return birth;
}

void Kernel::note_hit() {
  Memory& memory = *last_memory_;
  const Task& task = *tasks_.at(reporter_);
  const std::size_t line = task.line;
  const bool stays = memory.image->own_int3[line] || memory.counts(line);  // an int3 there: it may be told of again
  if (memory.hit[line] && !(stays && task.may_be_of_orphan())) fail("a second hit of one line in one memory");
  memory.hit[line] = true;
  std::vector<bool>& seen = seen_[raw(memory.image->table->image)];
  seen.resize(memory.hit.size());
  seen[line] = !memory.image->counted[line];  // what counts is planted in each program
}

}  // namespace recount::simulated
