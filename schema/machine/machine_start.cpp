// The machine, the beginning: a root that is started, and a process that runs already (--pid).
//
// A process that runs has threads that nobody has told of, and whoever is not traced dies of an int3. So nothing is planted
// before all of them are traced and stand still:
//
//   attached (each thread) / seize, interrupt --> RUNNING --any stop, answered but for its resume--> PARKED
//   all are PARKED or LISTENING: surveyed (threads that block SIGTRAP, then each leader) / plant; after the last one
//                                                                               each goes on as its stop asked for
//
// With --tree the descendants that run already are attached to as well: each is surveyed, and planted, for itself.
//
// Threads and children that are born meanwhile are traced from their first moment, and park as well: a child of fork(2) has
// the same images as its parent, without a byte of ours. A thread that waits in vfork(2) stops when its child has left the memory: if that takes
// too long, the process is let go again.
#include <algorithm>
#include <set>
#include <utility>

#include "schema/machine/machine.hpp"

namespace recount {
namespace {

// Without an int3 in it, a process need not die with the recorder.
std::uint64_t options_for(const Rules& rules) { return rules.plants ? kSeizeOptions : kSeizeOptions & ~kExitKill; }

}  // namespace

void Machine::happened(const Observation& observation, const observed::Spawned&) {
  if (run_ != RunState::idle) throw InvariantError("a second root");
  run_ = RunState::seizing;
  Process& root = add_process(observation.tid, ExecId{}, std::make_shared<AddressSpace>());
  Thread& thread = add_thread(observation.tid, &root, ThreadState::running);
  root_ = root.upid;
  root_pid_ = root.pid;
  step_.utid = thread.utid;
  by(Rule::root_is_seized);
  note_birth(thread, Upid{}, EventKind::spawned);
  decide(&thread, act::Seize{kSeizeOptions});
}

void Machine::root_seized(Thread* root, std::int32_t error) {
  by(error != 0 ? Rule::seize_failed : Rule::root_runs);
  if (error != 0) {
    end();
    return;
  }
  run_ = RunState::tracing;
  if (rules_.timeout_ns > 0) set_timer(Timer::timeout);
  decide(root, act::Start{});
}

void Machine::happened(const Observation& observation, const observed::Attached& found) {
  const bool first = run_ == RunState::idle && observation.tid == found.process;
  const bool leads = observation.tid == found.process;
  const auto before = threads_.find(leads ? found.parent : found.process);
  const bool another = run_ == RunState::attaching && before != threads_.end() && !threads_.contains(observation.tid);
  if (!first && !another) throw InvariantError("a thread is attached to that can not be one of the run");
  by(Rule::thread_is_seized);
  if (first) {
    run_ = RunState::attaching;
    attached_ = true;
    root_pid_ = found.process;
  }
  const Upid of = first ? Upid{} : before->second.process->upid;  // its parent, or, of a thread, its process
  Process& process = leads ? attached_process(found.process) : processes_.at(of);
  Thread& thread = add_thread(observation.tid, &process, ThreadState::running);
  step_.utid = thread.utid;
  note_birth(thread, of, EventKind::attached);
  decide(&thread, act::Seize{options_for(rules_)});
}

Process& Machine::attached_process(Tid pid) {
  Process& process = add_process(pid, ExecId{}, std::make_shared<AddressSpace>());
  process.surveyed_with = process.upid;
  if (root_ == Upid{})
    root_ = process.upid;
  else
    attached_tree_ = true;
  return process;
}

// One that has ended since it was found needs no tracer. One that can not be traced would die of an int3: its process is left
// untraced as a whole, or, if others of it are traced already, all are.
void Machine::thread_seized(Thread& thread, std::int32_t error) {
  const bool is_first = thread.tid == root_pid_;
  if (error == 0) {
    if (is_first) set_timer(Timer::attach);
    thread.interrupted = true;
    return decide(&thread, act::Interrupt{});
  }
  by(Rule::seize_failed);
  if (is_first) return end();
  Process& process = *thread.process;
  const bool leads = thread.tid == process.pid;
  remove_thread(thread, WaitStatus{});
  if (leads) {
    unseen_ = true;
    return gone_untraced(process);
  }
  if (error != kEsrch && run_ == RunState::attaching) let_all_go();
}

void Machine::park(Thread& thread, int signal) {
  by(Rule::task_is_parked);
  thread.state = ThreadState::parked;
  thread.signal = signal;
}

bool Machine::is_gathered() const {
  if (run_ != RunState::attaching || threads_.empty()) return false;
  return std::all_of(threads_.begin(), threads_.end(), [](const auto& entry) {
    return entry.second.state == ThreadState::parked || entry.second.state == ThreadState::listening;
  });
}

void Machine::happened(const Observation& observation, const observed::Surveyed& survey) {
  const auto found = threads_.find(observation.tid);
  if (found != threads_.end() && orphan() == observation.tid) {
    step_.utid = found->second.utid;
    return adopt(found->second, survey);
  }
  if (!is_gathered() || found == threads_.end())
    throw InvariantError("a process is surveyed that does not stand still");
  Thread& thread = found->second;
  step_.utid = thread.utid;
  thread.trap_blocked = survey.program.trap_blocked;
  Process& process = *thread.process;
  if (thread.tid != process.pid || process.surveyed_with != process.upid) return by(Rule::process_is_surveyed);
  if (!process.execed) begin_program(thread, survey);
  process.surveyed_with = {};
  const bool are_more = std::any_of(processes_.begin(), processes_.end(),
                                    [](const auto& entry) { return entry.second.surveyed_with == entry.first; });
  if (are_more) return;
  if (rules_.timeout_ns > 0) set_timer(Timer::timeout);
  run_ = RunState::tracing;
  go_on_all();
}

void Machine::begin_program(Thread& leader, const observed::Surveyed& survey) {
  Process& process = *leader.process;
  process.exec = ExecId{++last_.exec};
  process.execed = true;
  process.trap = {.handler = survey.program.trap_ignored ? kIgnore : kDefault};
  root_execed_ = root_execed_ || process.upid == root_;
  step_.exec = process.exec;
  note(FactKind::execed, &leader).exec = process.exec;
  by(Rule::program_is_planted);
  std::set<const AddressSpace*> planted;
  plant_attached(leader, survey, planted);
  for (auto& [tid, thread] : threads_)
    if (thread.process != leader.process && thread.process->surveyed_with == process.upid && !thread.process->execed) {
      thread.process->exec = process.exec;
      thread.process->trap = process.trap;
      plant_attached(thread, survey, planted);
    }
}

// Once for each memory: the process's own, which a vfork child has as well, and the copies that were made of it meanwhile.
void Machine::plant_attached(Thread& thread, const observed::Surveyed& survey, std::set<const AddressSpace*>& planted) {
  if (!planted.insert(thread.process->memory.get()).second) return;
  thread.process->bare_copy = false;
  plant(thread, {survey.program.image, survey.program.bias});
  for (const Placed image : survey.placed) plant(thread, image);
  thread.to_annex.clear();  // others may be within the bytes that a jump would take
}

// As the stop asked for at which each was parked.
void Machine::go_on_all() {
  for (auto& [tid, thread] : threads_)
    if (!must_park(thread)) release(thread);
}

}  // namespace recount
