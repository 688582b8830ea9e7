// The judge of a run: what the machine says, against what the kernel knows.
#include <algorithm>

#include "tests/support/simulated_run.hpp"

namespace recount::simulated {
// --- who is who ---------------------------------------------------------------------------------

const Task& Run::task_of(Utid utid) const {
  const auto found = serials_.find(utid);
  if (found == serials_.end()) fail("a fact about utid " + std::to_string(raw(utid)) + ", which nobody has");
  return *kernel_.tasks().at(found->second);
}

int Run::group_of(Upid upid) const {
  const auto found = groups_.find(upid);
  if (found == groups_.end()) fail("a fact about upid " + std::to_string(raw(upid)) + ", which nobody has");
  return found->second;
}

void Run::judge(const Observation& observation, const Step& step) {
  if (kernel_.reporter() != 0) judge_identity(observation, step.utid);
  if (observation.as<observed::EventExec>() || step.exec != ExecId{}) {
    if (step.exec <= last_exec_) fail("an exec_id is given twice");
    last_exec_ = step.exec;
    const Memory& memory = kernel_.memory();
    placed_[step.exec] = {memory.image->table->image, memory.bias};
    const auto* const survey = observation.as<observed::Surveyed>();
    if (!survey || survey->program.image != ImageId{}) execs_[kernel_.memory().exec] = step.exec;
  }
  const bool given_up = observation.as<observed::RecorderSignal>() && machine_.ended();
  if (observation.as<observed::Echild>() || given_up) lost_ = true;
  for (const Fact& fact : step.facts) judge_fact(observation, fact);
}

void Run::judge_identity(const Observation& observation, Utid utid) {
  const int serial = kernel_.reporter();
  if (kernel_.is_left_alone_root(*kernel_.tasks().at(serial)) && task_of(utid).first_group == 1)
    return;  // whichever of its threads was its last leader
  const auto known = utids_.find(serial);
  const bool unnamed_exec = kernel_.tasks().at(serial)->renamed;
  if (known != utids_.end() && known->second == utid) return;
  const auto process = upids_.find(kernel_.tasks().at(serial)->first_group);
  const bool given_up = process != upids_.end() && over_.contains(process->second);
  if (given_up && observation.status.ended()) return;  // a leader, whose threads were let go, at last
  if (known != utids_.end() && !unnamed_exec)
    fail("task " + std::to_string(raw(observation.tid)) + " is taken for another");
  if (!unnamed_exec && serials_.contains(utid)) fail("a utid is given twice");
  utids_[serial] = utid;  // whoever execed and was killed before it could be asked is taken for the leader
  serials_[utid] = serial;
}

void Run::judge_fact(const Observation& observation, const Fact& fact) {
  switch (fact.kind) {
    case FactKind::born: return judge_birth(observation, fact);
    case FactKind::execed: return;
    case FactKind::hit: return judge_hit(fact);
    case FactKind::signal:
      if (fact.signal != observation.status.stop_signal()) fail("a signal is delivered that was not reported");
      return;
    case FactKind::thread_ended: return judge_thread_end(observation, fact);
    case FactKind::process_ended: return judge_process_end(fact);
    case FactKind::wrote: fail("output is told of that nobody wrote"); return;
    case FactKind::let_go: {
      const bool is_told_of_early = fact.exec != ExecId{} || fact.parent != Upid{};
      if (is_told_of_early && group_of(fact.upid) == 1 && !plan_.attaches) return;  // its end is still to come
      if (!over_.insert(fact.upid).second) fail("a process is over twice");
      if (misjudged_.contains(fact.upid)) return;
      const int group = group_of(fact.upid);
      const auto& tasks = kernel_.tasks();
      const bool any = std::any_of(tasks.begin(), tasks.end(), [&](const auto& entry) {
        return entry.second->first_group == group && entry.second->let_go;
      });
      if (!any) fail("a process was let go of which no thread was");
      return;
    }
    case FactKind::way_taken: fail("a way is told of that no jump took"); return;
    case FactKind::int3_stuck:
      if (kernel_.memory().reachable) fail("an int3 is given up that could be taken out");
      return;
    case FactKind::not_planted:
    case FactKind::copied:
    case FactKind::unwatched:
    case FactKind::trap_lost: return;
  }
}

void Run::judge_birth(const Observation& observation, const Fact& fact) {
  const bool again = born_.contains(fact.utid);
  const Task* child = nullptr;
  if (again)
    child = &task_of(fact.utid);
  else if (birth_in(observation))
    child = kernel_.tasks().at(kernel_.child()).get();
  else
    child = kernel_.task_with(raw(fact.tid));
  if (!child) fail("nobody was born");
  if (again && misjudged_.contains(fact.upid)) fail("a birth is told twice");
  const auto known = utids_.emplace(child->serial, fact.utid).first;
  if (known->second != fact.utid) fail("a child is taken for another");
  serials_[fact.utid] = child->serial;
  born_.insert(fact.utid);
  const bool is_found = fact.origin == EventKind::attached;
  const bool told = fact.origin != EventKind::timer && fact.origin != EventKind::spawned;
  const bool unknowable = child->life == Life::gone;
  const auto group = upids_.find(child->first_group);
  if (is_found) {
    const int parent = child->first_group == 1 ? 0 : kernel_.group(child->first_group).parent;
    const Upid of = parent == 0 ? Upid{} : upids_.at(parent);
    if (fact.parent != (group == upids_.end() ? of : group->second)) fail("a thread is found in another process");
  } else if (told) {
    const Task& creator = *kernel_.tasks().at(kernel_.tasks().at(kernel_.child())->creator);
    if (fact.parent != upids_.at(creator.first_group) && !misjudged_.contains(fact.parent))
      fail("a child has the wrong parent");
  } else if (fact.parent != Upid{}) {
    fail("a child has a parent of whom nobody told");
  }
  if (!told && group != upids_.end()) {
    misjudged_.insert(fact.upid);
  } else if (group == upids_.end()) {
    if (groups_.contains(fact.upid) && !unknowable) fail("a process has another's upid");
    upids_[child->first_group] = fact.upid;
    groups_.emplace(fact.upid, child->first_group);
  } else if (group->second != fact.upid && !misjudged_.contains(fact.upid)) {
    fail("a task is in the wrong process");
  }
}

void Run::judge_thread_end(const Observation& observation, const Fact& fact) {
  if (!ended_.insert(fact.utid).second) fail("a thread ends twice");
  if (lost_) return;
  const Task& task = task_of(fact.utid);
  if (observation.as<observed::EventExec>()) {
    const Task& winner = *kernel_.tasks().at(kernel_.reporter());
    if (task.first_group != winner.first_group) fail("an exec ends a thread of another process");
    return;
  }
  if (!task.ever_traced) return;  // it ended before it was seized, or could not be
  const int reporter = kernel_.reporter();
  const bool unseen = reporter != 0 && kernel_.is_left_alone_root(*kernel_.tasks().at(reporter));
  if (unseen && fact.upid == Upid{1}) {
    if (fact.status != kernel_.group(1).status) fail("the root ends with the wrong status");
    return;
  }
  if (!task.dead() || !task.end_waited) fail("a thread ends that has not ended");
  if (fact.status != kernel_.end_of(task)) fail("a thread ends with the wrong status");
}

void Run::judge_process_end(const Fact& fact) {
  if (!over_.insert(fact.upid).second) fail("a process is over twice");
  if (misjudged_.contains(fact.upid)) return;
  const int serial = group_of(fact.upid);
  const Group& group = kernel_.group(serial);
  if (!group.ended) fail("a process ends that has not ended");
  if (fact.status != group.status) fail("a process ends with the wrong status");
}

void Run::judge_hit(const Fact& fact) {
  const Task& task = *kernel_.tasks().at(kernel_.reporter());
  const Stop& stop = kernel_.stop();
  if (&task_of(fact.utid) != &task) fail("a hit is another task's");
  if (!stop.signal.synchronous) fail("a hit without an int3");
  const Memory& memory = kernel_.memory();
  const ProbeTable& table = *memory.image->table;
  const auto index = raw(fact.probe) - raw(table.first);
  if (index >= table.addresses.size() || table.addresses[index] != memory.image->lines[task.line])
    fail("a hit of another line");
  // Which of two execs an orphan comes of can not be known where the same stands at the same place.
  const bool is_alike = task.may_be_of_orphan() && placed_[fact.exec] == Placed{table.image, memory.bias};
  const auto exec = execs_.find(memory.exec);
  const bool is_its = exec != execs_.end() && fact.exec == exec->second;
  if (!is_its && !is_alike) fail("a hit under the wrong exec");
  kernel_.note_hit();
}

// --- after each step ----------------------------------------------------------------------------

void Run::judge_answers() const {
  if (machine_.ended()) return;
  for (const auto& [serial, task] : kernel_.tasks()) {
    if (!task->traced || task->life != Life::stopped || !task->waited) continue;
    const auto thread = machine_.threads().find(Tid{task->tid});
    const bool held = thread != machine_.threads().end() && thread->second.state == ThreadState::held;
    if (thread != machine_.threads().end() && thread->second.state == ThreadState::parked) continue;
    if (!held) fail("the stop of " + std::to_string(task->tid) + " is not answered");
    if (task->claimed) fail("the stop of " + std::to_string(task->tid) + " is still not answered");
  }
}

// Whoever trapped at a probe does not trap there again; whom a timeout kills is killed.
void Run::judge_bytes() const {
  const Stop& stop = kernel_.stop();
  if (kernel_.reporter() != 0 && stop.signal.is_probe && !stop.signal.is_watch) {
    const Task& task = *kernel_.tasks().at(kernel_.reporter());
    const Memory& memory = kernel_.memory();
    const bool must_leave = memory.int3[task.line] && !memory.counts(task.line) && !memory.given_up;
    if (!task.fatal && !task.dead() && must_leave) fail("the byte of a hit is not put back");
  }
  if (machine_.run_state() != RunState::killing) return;
  for (const auto& [serial, task] : kernel_.tasks()) {
    const bool known = task->traced && (task->reported || task->claimed);
    if (known && !task->fatal && !task->dead())
      fail("task " + std::to_string(task->tid) + " is not killed with the run");
  }
}

void Run::judge_threads() const {
  if (machine_.ended()) return;
  std::set<Utid> there;
  for (const auto& [tid, thread] : machine_.threads()) {
    if (!there.insert(thread.utid).second) fail("two threads with one utid");
    if (!thread.process) continue;
    const Task& task = task_of(thread.utid);
    const bool misjudged = misjudged_.contains(thread.process->upid);
    if (!misjudged && task.end_waited && task.life == Life::gone && task.tid != raw(tid))
      fail("the machine keeps a thread that is gone");
    const auto upid = upids_.find(task.first_group);
    const bool right = upid != upids_.end() && upid->second == thread.process->upid;
    if (!right && !misjudged) fail("the machine has a thread in the wrong process");
    if (!machine_.processes().contains(thread.process->upid)) fail("a thread of a process that is over");
  }
  for (const auto& [serial, task] : kernel_.tasks()) {
    if (!task->traced || !task->resumed || task->life == Life::gone) continue;
    const bool given_up = task->life == Life::zombie && over_.contains(upids_.at(task->first_group));
    if (!given_up && !there.contains(utids_.at(serial)))
      fail("the machine has forgotten task " + std::to_string(task->tid));
  }
}

}  // namespace recount::simulated
