#include "schema/machine/machine.hpp"

#include <algorithm>
#include <utility>

namespace recount {
namespace {

constexpr std::int32_t kEsrch = 3;  // of an action: the task was killed meanwhile, and its end will be reported

}  // namespace

std::string_view name_of(Scope scope) noexcept {
  switch (scope) {
    case Scope::process: return "process";
    case Scope::run: return "run";
    case Scope::fork: return "fork";
  }
  return "";
}

std::optional<Scope> scope_named(std::string_view name) noexcept {
  for (const Scope scope : {Scope::process, Scope::run, Scope::fork})
    if (name == name_of(scope)) return scope;
  return std::nullopt;
}

std::int64_t Rules::duration_ns(Timer timer) const noexcept {
  switch (timer) {
    case Timer::timeout: return timeout_ns;
    case Timer::orphans: return orphan_grace_ns;
    case Timer::claim: return claim_grace_ns;
    case Timer::stop: return kStopSettleNs;
  }
  return 0;
}

void Machine::define_image(std::shared_ptr<const ProbeTable> table) {
  const ImageId image = table->image;
  images_.insert_or_assign(image, std::move(table));
}

const Step& Machine::observe(Seq seq, const Observation& observation) {
  step_.utid = {};
  step_.exec = {};
  step_.actions.clear();
  step_.facts.clear();
  step_.rules.clear();
  cause_ = seq;
  switch (observation.kind) {
    case EventKind::spawned: spawned(observation); break;
    case EventKind::exited:
    case EventKind::signaled:
    case EventKind::signal_delivery_stop:
    case EventKind::group_stop:
    case EventKind::event_stop:
    case EventKind::event_fork:
    case EventKind::event_vfork:
    case EventKind::event_clone:
    case EventKind::event_vfork_done:
    case EventKind::event_exec:
    case EventKind::event_exit:
    case EventKind::event_seccomp:
    case EventKind::syscall_stop:
    case EventKind::continued: report(observation); break;
    case EventKind::timer: timer(static_cast<Timer>(observation.value)); break;
    case EventKind::recorder_signal: recorder_signal(observation); break;
    case EventKind::echild: lost_all(); break;
    case EventKind::recording_failed: recording_failed(); break;
    case EventKind::seize:
    case EventKind::start:
    case EventKind::cont:
    case EventKind::listen:
    case EventKind::interrupt:
    case EventKind::detach:
    case EventKind::kill:
    case EventKind::plant:
    case EventKind::lift:
    case EventKind::mend:
    case EventKind::unplant:
    case EventKind::set_pc:
    case EventKind::set_timer:
    case EventKind::pass:
    case EventKind::retire:
    case EventKind::block:
    case EventKind::inject:
    case EventKind::syscall:
    case EventKind::restore:
    case EventKind::trace_child:
    case EventKind::suspend:
    case EventKind::restart:
    case EventKind::end: throw InvariantError("an action is no observation");
  }
  return step_;
}

void Machine::spawned(const Observation& observation) {
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

void Machine::report(const Observation& observation) {
  Thread* const known = find_reporter(observation);
  Thread& thread = known ? *known : add_thread(observation.tid, nullptr, ThreadState::held);
  step_.utid = thread.utid;
  if (thread.state == ThreadState::held)
    hold(thread, observation);
  else
    answer(thread, observation);
}

// A leader that was let go is not known any more when another thread of its process, still traced, takes its number by
// an exec: the event message says who that was.
Thread* Machine::find_reporter(const Observation& observation) {
  const auto found = threads_.find(observation.tid);
  if (found != threads_.end()) return &found->second;
  if (observation.kind != EventKind::event_exec) return nullptr;
  auto node = threads_.extract(Tid{static_cast<std::int32_t>(observation.value)});
  if (node.empty()) return nullptr;
  node.key() = node.mapped().tid = observation.tid;
  return &threads_.insert(std::move(node)).position->second;
}

// --- answers ---------------------------------------------------------------------------------------------------------

void Machine::answer(Thread& thread, const Observation& observation) {
  if (observation.status.stopped()) thread.state = ThreadState::running;
  if (observation.status.stopped() && thread.process->bare_copy) plant_again(thread);
  switch (observation.kind) {
    case EventKind::exited:
    case EventKind::signaled: thread_ended(thread, observation.status); return;
    case EventKind::signal_delivery_stop: answer_signal(thread, observation); return;
    case EventKind::event_fork:
    case EventKind::event_vfork:
    case EventKind::event_clone: answer_birth(thread, observation); return;
    case EventKind::event_exec: answer_exec(thread, observation); return;
    case EventKind::event_vfork_done:
      by(Rule::vfork_parent_goes_on);
      thread.vfork_parent = false;
      resume(thread, 0);
      return;
    case EventKind::group_stop:
      if (run_ == RunState::letting_go) return resume_after_trap(thread, observation);
      by(Rule::group_stop_is_kept);
      thread.state = ThreadState::listening;
      decide(&thread, act::Listen{});
      if (thread.tid == root_pid_) mind_root_stop();
      return;
    case EventKind::event_stop:
      resume_after_trap(thread, observation);
      if (thread.tid == root_pid_) mind_root_stop();
      return;
    case EventKind::syscall_stop: answer_syscall(thread); return;
    case EventKind::event_exit:  // this and the next: no option of ours asks for them
    case EventKind::event_seccomp:
      by(Rule::stop_is_answered);
      resume(thread, 0);
      return;
    case EventKind::continued: return;  // not a stop: there is nothing to answer
    case EventKind::spawned:
    case EventKind::timer:
    case EventKind::recorder_signal:
    case EventKind::echild:
    case EventKind::recording_failed:
    case EventKind::seize:
    case EventKind::start:
    case EventKind::cont:
    case EventKind::listen:
    case EventKind::interrupt:
    case EventKind::detach:
    case EventKind::kill:
    case EventKind::plant:
    case EventKind::lift:
    case EventKind::mend:
    case EventKind::unplant:
    case EventKind::set_pc:
    case EventKind::set_timer:
    case EventKind::pass:
    case EventKind::retire:
    case EventKind::block:
    case EventKind::inject:
    case EventKind::syscall:
    case EventKind::restore:
    case EventKind::trace_child:
    case EventKind::suspend:
    case EventKind::restart:
    case EventKind::end: break;
  }
  throw InvariantError("a task can not report this");
}

// Who is on an errand finishes it first: nobody may be let go with registers that are not its own.
void Machine::resume(Thread& thread, int signal) {
  if (thread.errand != Errand::none) {
    decide(&thread, act::Syscall{signal});
    return;
  }
  if (run_ == RunState::letting_go) by(Rule::let_go);
  if (run_ == RunState::letting_go || !recording_) bare_memory(thread);
  if (run_ == RunState::letting_go)
    decide(&thread, act::Detach{signal});
  else
    decide(&thread, act::Cont{signal});
}

// A PTRACE_EVENT_STOP is reported before a signal that is already pending, even one that the task's own instruction
// raised (get_signal, kernel/signal.c; seen in 0.5 % of the interrupts of a task that does nothing but int3, Linux 6.18).
// Whoever is let go in between dies of our int3, so that stop goes first. `value` says that there is one.
void Machine::resume_after_trap(Thread& thread, const Observation& observation) {
  if (run_ == RunState::letting_go && observation.value != 0) {
    by(Rule::pending_int3_comes_first);
    decide(&thread, act::Cont{});
    return;
  }
  if (run_ == RunState::letting_go) restart_call(thread, observation);  // it was our interrupt that broke it off
  by(Rule::stop_is_answered);
  resume(thread, 0);
}

void Machine::answer_signal(Thread& thread, const Observation& observation) {
  const int signal = observation.status.stop_signal();
  note_reached(thread, observation);
  if (signal == signals::kTrap && may_be_int3(thread, observation.siginfo.code)) {
    if (!observation.placed.empty()) follow_loader(thread, observation.placed);
    const Int3 int3 = int3_of(thread, observation.pc);
    if (int3.probe) return answer_probe(thread, observation, int3.address, *int3.probe);
    if (int3.watch) return answer_watch(thread, observation, int3.address, *int3.watch);
    if (observation.copied != ProbeId{}) return answer_copy(thread, observation, int3.address);
    if (observation.siginfo.code == rules_.arch->trap_code) thread.process->trap.note_own_trap(thread.trap_blocked);
  }
  if (signal != signals::kTrap && !observation.ends_init) restart_call(thread, observation);
  deliver(thread, observation);
}

// A line that began before the signal came is a hit as one at a probe is. No probe is lifted for it: each tells of more.
void Machine::note_reached(Thread& thread, const Observation& observation) {
  for (const Reached& line : observation.reached) {
    if (!thread.process->reached.emplace(line.probe, line.address).second) continue;
    Fact& hit = note(FactKind::hit, &thread);
    hit.probe = line.probe;
    hit.exec = line.exec;
    hit.line_at = line.address;
  }
}

void Machine::deliver(Thread& thread, const Observation& observation) {
  const int signal = observation.status.stop_signal();
  by(Rule::signal_is_delivered);
  note(FactKind::signal, &thread).signal = signal;
  if (observation.ends_init && run_ != RunState::killing) return let_die(thread, observation);
  thread.process->trap.note_delivery(signal, thread.trap_blocked);
  resume(thread, signal);
}

// A trap is reported behind its instruction, which has to be executed once more: an int3, or the system call that a seccomp
// filter answers with SIGSYS.
void Machine::let_die(Thread& thread, const Observation& observation) {
  const int signal = observation.status.stop_signal();
  const bool int3 = signal == signals::kTrap && observation.siginfo.code == rules_.arch->trap_code;
  const std::uint64_t length = int3 ? rules_.arch->trap_length : signal == signals::kSys ? rules_.arch->call_length : 0;
  if (length != 0) decide(&thread, act::SetPc{Address{raw(observation.pc) - length}});
  by(Rule::fault_ends_init);
  thread.process->dies_of = signal;
  bare_memory(thread);
  decide(&thread, act::Detach{});
}

void Machine::restart_call(const Thread& thread, const Observation& observation) {
  if (observation.pc == Address{}) return;
  by(Rule::call_is_restarted);
  decide(&thread, act::Restart{});
}

void Machine::answer_probe(Thread& thread, const Observation& observation, Address address, ProbeAt at) {
  by(at.planted ? Rule::first_hit : Rule::late_hit);
  if (at.planted) {
    thread.process->memory->lift(address);
    Fact& hit = note(FactKind::hit, &thread);
    hit.probe = at.probe;
    hit.exec = thread.process->exec;
    if (rules_.scope == Scope::run) seen_.add(at);
  }
  if (at.planted)
    decide(&thread, act::Lift{at.probe, address, thread.process->exec});
  else if (!at.own_int3)
    decide(&thread, act::Mend{at.probe, address});
  if (at.own_int3) {  // the program's own trap as well: nothing was displaced, so the pc is right
    by(Rule::own_int3);
    thread.process->trap.note_own_trap(thread.trap_blocked);
    return deliver(thread, observation);
  }
  decide(&thread, act::SetPc{address});
  set_trap_again(thread, trap_of(thread));
  resume(thread, kept_signal(observation));
}

// The program has copied its text, int3 bytes of ours included: no hit, the line is elsewhere.
void Machine::answer_copy(Thread& thread, const Observation& observation, Address address) {
  by(Rule::copied_text);
  note(FactKind::copied, &thread).probe = observation.copied;
  decide(&thread, act::Mend{observation.copied, address});
  decide(&thread, act::SetPc{address});
  set_trap_again(thread, trap_of(thread));
  resume(thread, 0);
}

// What a watch displaces is done for the task, and other threads find it in place all the time.
void Machine::answer_watch(Thread& thread, const Observation& observation, Address address, WatchAt at) {
  const TrapBefore before = trap_of(thread);
  by(Rule::watch_is_passed);
  if (at.kind != WatchKind::loader) note_call(thread, observation.call, at.watch);
  thread.process->memory->use_watch(address);
  retire(thread, address, at);
  if (thread.process->memory->watch_at(address)->retired) {
    decide(&thread, act::SetPc{address});
  } else {
    decide(&thread, act::Pass{at.watch, address});
  }
  set_trap_again(thread, before);
  resume(thread, kept_signal(observation));
}

// An object that was unloaded took its int3 bytes along; one that is loaded again is planted again.
void Machine::follow_loader(Thread& thread, const std::vector<Placed>& placed) {
  by(Rule::objects_are_followed);
  const bool probed = std::any_of(placed.begin(), placed.end(), [this](Placed image) { return may_see_more(image); });
  for (const Placed image : thread.process->memory->remap(placed))
    if (probed || tells_of_objects(image)) plant(thread, image);
}

// The other watches are of no use where no probe is: a shell would stop at each of its many calls of sigaction(3).
bool Machine::tells_of_objects(Placed image) const {
  const auto known = images_.find(image.image);
  if (known == images_.end()) throw InvariantError("an image that was not defined stands in a process");
  const auto& watches = known->second->watches;
  return std::any_of(watches.begin(), watches.end(),
                     [](const Watch& watch) { return watch.kind == WatchKind::loader; });
}

void Machine::answer_exec(Thread& thread, const Observation& observation) {
  Thread& winner = take_over_leader(thread, Tid{static_cast<std::int32_t>(observation.value)});
  Process& process = *winner.process;
  winner.vfork_parent = false;
  winner.errand = Errand::none;
  dropped_ = {process.memory, process.exec};
  process.memory = std::make_shared<AddressSpace>();
  process.exec = ExecId{++last_.exec};
  process.execed = true;
  process.reached.clear();
  process.trap = {.handler = observation.exec.trap_ignored ? kIgnore : kDefault};
  winner.trap_blocked = observation.exec.trap_blocked;
  if (process.upid == root_) root_execed_ = true;
  step_.utid = winner.utid;
  step_.exec = process.exec;
  note(FactKind::execed, &winner).exec = process.exec;
  if (!observation.exec.no_follow.empty() && run_ != RunState::killing) return leave_alone(winner);
  by(Rule::program_is_planted);
  std::vector<Placed> placed{{observation.exec.image, observation.exec.bias}};
  placed.insert(placed.end(), observation.placed.begin(), observation.placed.end());
  const bool probed = std::any_of(placed.begin(), placed.end(), [this](Placed image) { return may_see_more(image); });
  for (const Placed image : placed)
    if (rules_.scope != Scope::run || probed || (image.image != ImageId{} && tells_of_objects(image)))
      plant(winner, image);
  resume(winner, 0);
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

void Machine::plant(Thread& thread, Placed image) {
  if (image.image == ImageId{} || !recording_) return;
  if (run_ == RunState::letting_go || run_ == RunState::killing) return;
  const auto known = images_.find(image.image);
  if (known == images_.end()) throw InvariantError("an image that was not defined stands in a process");
  if (known->second->is_empty()) return;
  const act::Seen seen = seen_.of(image.image);
  thread.process->memory->map(known->second, image.bias, seen ? *seen : std::vector<bool>());
  decide(&thread, act::Plant{image.image, image.bias, thread.process->exec, seen});
}

bool Machine::may_see_more(Placed image) const {
  const auto known = images_.find(image.image);
  return known != images_.end() && !known->second->addresses.empty() && !saw_all(*known->second);
}

// At the first stop of a fork child: nobody runs in its memory yet.
void Machine::plant_again(Thread& thread) {
  thread.process->bare_copy = false;
  const bool plants = recording_ && run_ != RunState::letting_go && run_ != RunState::killing;
  for (const Placed image : plants ? thread.process->memory->planted_images() : std::vector<Placed>()) {
    thread.process->memory->plant_again(image);
    decide(&thread, act::Plant{image.image, image.bias, thread.process->exec, {}});
  }
}

const Step& Machine::performed(const Action& action, std::int32_t error) {
  step_.actions.clear();
  step_.facts.clear();
  step_.rules.clear();
  cause_ = action.cause;
  const auto found = threads_.find(action.tid);
  Thread* const thread = found == threads_.end() ? nullptr : &found->second;
  if (action.as<act::Seize>())
    seized(thread, error);
  else if (thread)
    performed(*thread, action, error);
  return step_;
}

void Machine::performed(Thread& thread, const Action& action, std::int32_t error) {
  if (const auto* const plant = action.as<act::Plant>(); plant && error != 0)
    not_planted(thread, {plant->image, plant->bias}, error);
  else if (const auto* const unplant = action.as<act::Unplant>())
    unplanted(thread, {unplant->image, unplant->bias}, error);
  else if (action.as<act::Detach>() && error == 0)
    thread.state == ThreadState::left_alone ? went_its_way(thread) : detached(thread);
  else if (action.as<act::Inject>() && error != 0)
    injected(thread, error);
  else if (error == kEsrch && !action.as<act::Kill>())
    thread.state = ThreadState::dying;
}

void Machine::seized(Thread* root, std::int32_t error) {
  by(error != 0 ? Rule::seize_failed : Rule::root_runs);
  if (error != 0) {
    end();
    return;
  }
  run_ = RunState::tracing;
  if (rules_.timeout_ns > 0) decide(nullptr, act::SetTimer{Timer::timeout});
  decide(root, act::Start{});
}

void Machine::not_planted(const Thread& thread, Placed image, std::int32_t error) {
  thread.process->memory->unmap(image);
  if (error == kEsrch) return;
  Fact& fact = note(FactKind::not_planted, &thread);
  fact.exec = thread.process->exec;
  fact.error = error;
}

// If it failed, the task was killed; others may share its memory, and for them the bytes still have to be put back.
void Machine::unplanted(const Thread& thread, Placed image, std::int32_t error) {
  if (error == 0) thread.process->memory->lift_all(image);
}

// --- helpers ---------------------------------------------------------------------------------------------------------

Thread& Machine::add_thread(Tid tid, Process* process, ThreadState state) {
  Thread& thread = threads_[tid];
  thread = Thread{.utid = Utid{++last_.utid}, .tid = tid, .process = process, .state = state};
  if (process) ++process->threads;
  return thread;
}

Process& Machine::add_process(Tid pid, ExecId exec, std::shared_ptr<AddressSpace> memory) {
  const Upid upid{++last_.upid};
  Process& process = processes_[upid];
  process = Process{.upid = upid, .pid = pid, .exec = exec, .memory = std::move(memory), .trap = {}};
  return process;
}

void Machine::decide(const Thread* thread, act::Any what) {
  step_.actions.push_back({thread ? thread->tid : Tid{}, thread ? thread->utid : Utid{}, cause_, std::move(what)});
}

Fact& Machine::note(FactKind kind, const Thread* thread) {
  Fact& fact = step_.facts.emplace_back();
  fact.kind = kind;
  if (thread) {
    fact.utid = thread->utid;
    fact.tid = thread->tid;
    if (thread->process) fact.upid = thread->process->upid;
  }
  return fact;
}

void Machine::note_birth(const Thread& child, Upid parent, EventKind origin) {
  Fact& fact = note(FactKind::born, &child);
  fact.parent = parent;
  fact.origin = origin;
}

}  // namespace recount
