// The machine, births and ends: which task is whose child, who shares whose memory, and who is gone.
#include <algorithm>
#include <compare>
#include <cstddef>
#include <utility>

#include "schema/machine/machine.hpp"

namespace recount {

namespace {

bool is_among(Placed image, const std::vector<Placed>& images) {
  return std::find(images.begin(), images.end(), image) != images.end();
}

}  // namespace

// --- births ----------------------------------------------------------------------------------------------------------

void Machine::hold(Thread& thread, const Observation& observation) {
  by(Rule::task_is_held);
  const bool first = held_.add(thread.tid, cause_, observation);
  if (held_.is_gone(thread.tid)) return;
  if (run_ == RunState::draining && threads_.size() == 1) mind_orphans();  // nobody was known when the root ended
  if (first && run_ == RunState::killing) kill_task(thread.tid, signals::kKill);
  if (first && !held_.timer_is_set()) set_claim_timer();
}

void Machine::set_claim_timer() {
  held_.set_timer();
  set_timer(Timer::claim);
}

void Machine::answer_birth(Thread& parent, EventKind origin, const Birth& birth) {
  const Tid tid = birth.child;
  if (tid == Tid{}) {  // killed before it could be asked; nobody ever has this number
    by(Rule::child_was_killed_unseen);
    return resume(parent, 0);
  }
  const bool is_served = std::exchange(parent.bears_served, false);
  const auto found = threads_.find(tid);
  const bool known = found != threads_.end();
  const bool held = known && found->second.state == ThreadState::held;
  if (known && !held && found->second.process == parent.process)
    throw InvariantError("a task gives birth to one that its process has already");
  if (known && !held && found->second.process->adopted) {
    reclaim(found->second, parent, origin, birth);
    return resume(parent, 0);
  }
  if (known && !held) thread_ended(found->second, WaitStatus{});  // its end was lost, and its number is in use again
  Thread& child = held ? found->second : add_thread(tid, nullptr, ThreadState::born);
  claim(child, parent, origin, birth);
  child.served = is_served;
  resume(parent, 0);
  if (held) release_held(child);
}

void Machine::claim(Thread& child, const Thread& parent, EventKind origin, const Birth& birth) {
  by(Rule::child_is_claimed);
  child.process = is_thread(origin, birth) ? parent.process : &child_process(parent, origin, birth);
  ++child.process->threads;
  const bool runs_beside = child.process->memory == parent.process->memory && origin != EventKind::event_vfork;
  if (runs_beside) share_counters(parent);
  const bool is_unknown = child.process != parent.process && parent.process->memory->is_lent();
  child.trap_blocked = parent.trap_blocked && !is_unknown;
  note_birth(child, parent.process->upid, origin);
  if (!is_thread(origin, birth) && !held_.is_gone(child.tid) && run_ == RunState::killing)
    kill_task(child.tid, signals::kKill);
}

Process& Machine::child_process(const Thread& parent, EventKind origin, const Birth& birth) {
  Process& child = add_process(birth.child, parent.process->exec, nullptr);
  const bool shared = is_in_same_memory(origin, birth);
  child.memory = shared ? parent.process->memory : parent.process->memory->copy();
  child.bare_copy = !shared && rules_.scope == Scope::fork;
  child.borrows = !shared;
  child.traces = parent.process->traces;
  child.surveyed_with = parent.process->surveyed_with;
  child.trap = parent.process->trap;
  child.trap.lost = false;  // it may be tried again
  if (parent.process->memory->is_lent()) child.trap = {.unwatched = true};
  return child;
}

// A child that was adopted, because its parent's event was so late, is told at last who its parent is: another process,
// or, if it is a thread, the process that it has been part of all the time.
void Machine::reclaim(Thread& child, const Thread& parent, EventKind origin, const Birth& birth) {
  Process& guess = *child.process;
  by(Rule::child_is_reclaimed);
  guess.adopted = false;
  if (!is_thread(origin, birth)) {
    note_birth(child, parent.process->upid, origin);
    if (guess.execed) return;
    const bool shared = birth.memory == MemorySharing::shared;
    guess.exec = parent.process->exec;
    guess.memory = shared ? parent.process->memory : parent.process->memory->copy();
    if (shared) share_counters(parent);
    guess.trap = parent.process->trap;
    guess.traces = parent.process->traces;
    guess.surveyed_with = parent.process->surveyed_with;
    child.trap_blocked = parent.trap_blocked;
    return;
  }
  join(&guess, *parent.process);
  share_counters(parent);
  note_birth(child, parent.process->upid, origin);
}

// What was taken for a process is a part of another.
void Machine::join(Process* guess, Process& process) {
  if (guess == &process) return;
  for (auto& [tid, thread] : threads_) {
    if (thread.process != guess) continue;
    thread.process = &process;
    ++process.threads;
  }
  processes_.erase(guess->upid);
}

// Nobody will tell of them: their parent was killed, by a signal or by another thread's exec or exit, between the fork and its event.
// Before version 12 their memory was taken for a copy of the one that was dropped last.
void Machine::claim_timer_rang() {
  for (const Tid tid : held_.timer_rang()) {
    if (rules_.looks_at_orphans && !held_.is_gone(tid)) continue;  // as orphan() says
    Process origin;
    if (!dropped_.empty())
      origin = {.exec = dropped_.back().exec, .memory = dropped_.back().memory->copy(), .trap = {}};
    adopt(threads_.at(tid), std::move(origin));
  }
  if (!orphan()) went_unclaimed();
}

void Machine::went_unclaimed() {
  if (!held_.empty()) set_claim_timer();
  if (nobody_is_left() && !processes_.contains(root_) && run_ != RunState::ended) lost_all();
}

// Which of its lines were hit before is not known. Of an image that the likeness lacks, any int3 may be there.
void Machine::adopt(Thread& thread, const observed::Surveyed& look) {
  const Process* const likeness = likeness_of(look);
  Process origin;
  origin.memory = std::make_shared<AddressSpace>();
  if (likeness) {
    origin.exec = likeness->exec;
    origin.memory = likeness->memory->earlier_copy(look.annex);
    origin.trap = likeness->trap;
    origin.traces = likeness->traces;
  }
  const std::vector<Placed> copied = origin.memory->images();
  for (const Placed image : copied)
    if (!is_among(image, look.placed)) origin.memory->unmap(image);
  for (const Placed image : look.placed)
    if (const auto table = images_.find(image.image);
        rules_.plants && table != images_.end() && !is_among(image, copied))
      origin.memory->map(table->second, image.bias);
  TrapSetting& trap = origin.trap;
  trap.lost = false;
  if (!trap.unwatched && look.program.trap_ignored != (trap.handler == kIgnore))
    trap = {.handler = look.program.trap_ignored ? kIgnore : kDefault};
  thread.trap_blocked = look.program.trap_blocked && !trap.unwatched;
  adopt(thread, std::move(origin));
  if (!orphan()) went_unclaimed();
}

// Whoever was killed as well, before it could run, has no part in the history of the run: it may have been a thread or a process.
void Machine::adopt(Thread& thread, Process origin) {
  by(Rule::orphaned_birth_is_adopted);
  if (held_.is_gone(thread.tid)) {
    held_.take(thread.tid);
    threads_.erase(thread.tid);
    return;
  }
  if (!origin.memory) origin.memory = std::make_shared<AddressSpace>();
  Process& process = add_process(thread.tid, origin.exec, std::move(origin.memory));
  process.trap = origin.trap;
  process.traces = origin.traces;
  process.threads = 1;
  process.adopted = true;
  if (!attached_tree_) process.surveyed_with = root_;  // else nobody knows whose program it has
  thread.process = &process;
  note_birth(thread, Upid{}, EventKind::timer);
  share_counters(thread);  // whose they are is not known
  release_held(thread);
}

// What stands in a memory stands in its copy, and so does the last annex. A program that was started once more stands elsewhere, but where
// addresses are not randomized.
const Process* Machine::likeness_of(const observed::Surveyed& look) const {
  struct Rank {
    bool has_annex = false;
    std::ptrdiff_t alike = 0;  // images that stand in both, without those that stand in it alone
    auto operator<=>(const Rank&) const = default;
  };
  const Process* best = nullptr;
  Rank best_rank;
  const auto consider = [&](const Process& process) {
    const std::vector<Placed> known = process.memory->images();
    const auto both =
        std::count_if(known.begin(), known.end(), [&look](Placed image) { return is_among(image, look.placed); });
    if (both == 0 && !known.empty()) return;
    const bool has_annex = look.annex != AnnexId{} && process.memory->annexes().contains(look.annex);
    const Rank rank{has_annex, 2 * both - static_cast<std::ptrdiff_t>(known.size())};
    if (best && rank <= best_rank) return;
    best = &process;
    best_rank = rank;
  };
  for (auto process = dropped_.rbegin(); process != dropped_.rend(); ++process) consider(*process);
  for (auto process = processes_.rbegin(); process != processes_.rend(); ++process) consider(process->second);
  return best;
}

// While a task is held, more of them: it may be the child of any.
void Machine::drop(const Process& process) {
  constexpr std::size_t kDroppedMax = 64, kHeldDroppedMax = 1024;
  dropped_.push_back({.exec = process.exec, .memory = process.memory, .trap = process.trap, .traces = process.traces});
  while (dropped_.size() > (held_.empty() ? kDroppedMax : kHeldDroppedMax)) dropped_.pop_front();
}

void Machine::release_held(Thread& thread) {
  const Tid tid = thread.tid;
  const bool is_gone = held_.is_gone(tid);
  const auto reports = held_.take(tid);
  if (reports.empty()) return;
  by(Rule::held_task_is_answered);
  thread.state = ThreadState::born;
  const Seq now = cause_;
  for (const HeldTasks::Report& report : reports) {
    if (is_gone && !report.observation.status.ended()) continue;  // nobody waits for an answer
    const auto still_there = threads_.find(tid);
    if (still_there == threads_.end()) break;
    cause_ = report.seq;
    answer(still_there->second, report.observation);
  }
  cause_ = now;
}

// Whoever called exec goes on under the leader's number; all other threads are gone, and the leader's end, and that of
// the caller's former number, is never reported (ptrace(2), "execve(2) under ptrace").
Thread& Machine::take_over_leader(Thread& leader, Tid former) {
  Process* const process = leader.process;
  const auto caller = threads_.find(former);
  if (caller != threads_.end() && caller->second.process && caller->second.process->adopted)
    join(caller->second.process, *process);  // it was no process of its own
  const bool other = caller != threads_.end() && &caller->second != &leader && caller->second.process == process;
  const Utid winner = other ? caller->second.utid : leader.utid;
  const Utid loser = other ? leader.utid : Utid{};
  if (other) {
    note(FactKind::thread_ended, &leader).utid = loser;
    leader.utid = winner;
  }
  for (auto at = threads_.begin(); at != threads_.end();) {
    Thread& thread = at->second;
    if (thread.process != process || &thread == &leader) {
      ++at;
      continue;
    }
    if (thread.utid != winner) note(FactKind::thread_ended, &thread);
    at = threads_.erase(at);
  }
  process->threads = 1;
  return leader;
}

// --- ends ------------------------------------------------------------------------------------------------------------

void Machine::thread_ended(Thread& thread, WaitStatus status) {
  const bool was_leader = thread.tid == thread.process->pid;
  Process& process = *thread.process;
  by(Rule::task_ended);
  remove_thread(thread, status);
  if (was_leader)
    process_ended(process, status);
  else if (process.threads == 0)
    gone_untraced(process);  // its leader was let go before
  expect_the_end();
  if (job_control_.own_stop != 0) mind_root_stop();
  let_tracers_go_on();
}

void Machine::remove_thread(Thread& thread, WaitStatus status) {
  note(FactKind::thread_ended, &thread).status = status;
  --thread.process->threads;
  free_held(thread);
  threads_.erase(thread.tid);
}

void Machine::process_ended(Process& process, WaitStatus status) {
  while (process.threads > 0)  // the kernel reports the leader last; whoever is left will never report
    for (auto& [tid, thread] : threads_)
      if (thread.process == &process) {
        remove_thread(thread, status);
        break;
      }
  Fact& fact = note(FactKind::process_ended, nullptr);
  fact.upid = process.upid;
  fact.status = status;
  const bool are_killed = run_ == RunState::killing || timed_out_;
  if (are_killed && status.signaled() && status.term_signal() == signals::kKill)
    fact.origin = timed_out_ ? EventKind::timer : EventKind::recorder_signal;
  drop(process);
  const bool was_root = process.upid == root_;
  processes_.erase(process.upid);
  if (was_root) root_ended(status);
}

void Machine::root_ended(WaitStatus status) {
  by(Rule::root_ended);
  root_status_ = status;
  root_is_gone();
}

// Its end, or, of a process that was attached to, that it is not traced any more.
void Machine::root_is_gone() {
  if (run_ != RunState::tracing && run_ != RunState::attaching) return;
  run_ = RunState::draining;
  go_on_all();
  if (!threads_.empty()) mind_orphans();
}

void Machine::mind_orphans() {
  if (rules_.wait_root) return let_all_go();
  by(Rule::orphans_are_timed);
  set_timer(Timer::orphans);
}

// Only wait4 knows that nobody is left: a child whose parent was killed before its event may not have been seen yet, and
// would be killed with the recorder. But wait4 also waits for children that the recorder had before it became one (a
// shell's `server & exec recount-record ...`), and these may go on for ever: nobody reports for a while, nobody is left.
void Machine::expect_the_end() {
  const bool is_over = run_ == RunState::draining || run_ == RunState::letting_go || run_ == RunState::killing;
  if (is_over && nobody_is_left() && !held_.timer_is_set()) {
    by(Rule::nobody_is_left);
    set_claim_timer();
  }
}

bool Machine::nobody_is_left() const {
  return std::all_of(threads_.begin(), threads_.end(), [this](const auto& entry) {
    return entry.second.state == ThreadState::held && held_.is_gone(entry.first);
  });
}

void Machine::end() {
  by(Rule::run_is_over);
  run_ = RunState::ended;
  decide(nullptr, act::End{});
}

// Whoever is still known here was lost, by an exec of a thread that was let go, or never
// ran and was never claimed.
void Machine::lost_all() {
  by(Rule::all_are_lost);
  while (!threads_.empty()) {
    Thread& thread = threads_.begin()->second;
    if (thread.process)
      remove_thread(thread, WaitStatus{});
    else
      threads_.erase(threads_.begin());
  }
  held_.clear();
  while (!processes_.empty() && processes_.begin()->second.parted) gone_untraced(processes_.begin()->second);
  processes_.clear();
  if (run_ != RunState::ended) end();
}

void Machine::is_let_go(Thread& thread) {
  free_held(thread);
  if (thread.state == ThreadState::left_alone)
    went_its_way(thread);
  else if (thread.tid == root_pid_ && thread.process->upid == root_ && !attached_)
    root_goes_on(thread);
  else
    detached(thread);
  let_tracers_go_on();
}

// It is the recorder's child: its end will be reported, and be the run's.
void Machine::root_goes_on(Thread& leader) {
  if (leader.process->dies_of != 0) return detached(leader);
  leader.state = ThreadState::left_alone;
  let_go_ = unseen_ = true;
  if (leader.process->tracer == Upid{}) return;
  Fact& fact = note(FactKind::let_go, nullptr);
  fact.upid = leader.process->upid;
  fact.parent = leader.process->tracer;
}

void Machine::detached(Thread& thread) {
  Process& process = *thread.process;
  unseen_ = true;
  --process.threads;
  process.parted = true;
  let_go_ = let_go_ || process.dies_of == 0;
  threads_.erase(thread.tid);
  if (process.threads == 0) gone_untraced(process);
  expect_the_end();
}

void Machine::leave_alone(Thread& thread) {
  by(Rule::program_is_not_followed);
  thread.state = ThreadState::left_alone;
  decide(&thread, act::Detach{});
}

// The recorder is the root's parent and hears of its end all the same; until then its number is nobody else's.
void Machine::went_its_way(Thread& thread) {
  const Process& process = *thread.process;
  Fact& fact = note(FactKind::let_go, nullptr);
  fact.upid = process.upid;
  fact.exec = process.exec;
  if (process.upid == root_ && !attached_) return;
  const bool was_root = process.upid == root_;
  unseen_ = true;
  threads_.erase(thread.tid);
  processes_.erase(process.upid);
  let_go_ = let_go_ || was_root;
  if (was_root) root_is_gone();
  expect_the_end();
}

void Machine::gone_untraced(const Process& process) {
  Fact& fact = note(FactKind::let_go, nullptr);
  fact.upid = process.upid;
  fact.signal = process.dies_of;
  fact.parent = process.tracer;
  const bool was_root = process.upid == root_;
  if (rules_.gives_up_int3) drop(process);
  processes_.erase(process.upid);
  if (was_root && attached_) root_is_gone();
}

}  // namespace recount
