#include "schema/machine/machine.hpp"

#include <algorithm>
#include <utility>

namespace recount {

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
    case Timer::attach: return kAttachNs;
    case Timer::flags: break;  // TripClock
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
  std::visit([&](const auto& what) { happened(observation, what); }, observation.what);
  return step_;
}

void Machine::report(const Observation& observation) {
  Thread* const known = find_reporter(observation);
  Thread& thread = known ? *known : add_thread(observation.tid, nullptr, ThreadState::held);
  step_.utid = thread.utid;
  note_flags(thread, observation.flagged);
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
  const auto* const exec = observation.as<observed::EventExec>();
  if (!exec) return nullptr;
  auto node = threads_.extract(exec->former);
  if (node.empty()) return nullptr;
  node.key() = node.mapped().tid = observation.tid;
  return &threads_.insert(std::move(node)).position->second;
}

// --- answers ---------------------------------------------------------------------------------------------------------

void Machine::answer(Thread& thread, const Observation& observation) {
  if (observation.status.stopped()) thread.state = ThreadState::running;
  const auto* const stop = observation.as<observed::EventStop>();
  if (stop && stop->memory_hidden) reveal(thread);
  const bool is_reached = observation.status.stopped() && thread.errand != Errand::revealing;
  if (is_reached && thread.process->bare_copy) plant_again(thread);
  if (std::exchange(thread.process->borrows, false) && stop) annex_again(thread);
  if (observation.in_annex && leave_annex(thread, observation)) return;
  std::visit([&](const auto& what) { answer(thread, observation.status, what); }, observation.what);
}

void Machine::answer(Thread& thread, WaitStatus status, const observed::Exited&) { thread_ended(thread, status); }
void Machine::answer(Thread& thread, WaitStatus status, const observed::Signaled&) { thread_ended(thread, status); }

void Machine::answer(Thread& thread, WaitStatus, const observed::EventFork& fork) {
  answer_birth(thread, fork.kKind, fork.birth);
}
void Machine::answer(Thread& thread, WaitStatus, const observed::EventVfork& vfork) {
  thread.vfork_parent = true;
  answer_birth(thread, vfork.kKind, vfork.birth);
}
void Machine::answer(Thread& thread, WaitStatus, const observed::EventClone& clone) {
  answer_birth(thread, clone.kKind, clone.birth);
}

void Machine::answer(Thread& thread, WaitStatus, const observed::EventVforkDone& done) {
  by(Rule::vfork_parent_goes_on);
  thread.vfork_parent = false;
  take_back_memory(thread, done.child);
  if (shares_memory(*thread.process, done.child)) share_counters(thread);  // it was killed, and its own child is left
  resume(thread, 0);
}

void Machine::answer(Thread& thread, WaitStatus, const observed::GroupStop& stop) {
  if (is_leaving(thread) && !must_listen(thread)) return resume_after_trap(thread, stop.int3_pending, Address{});
  by(Rule::group_stop_is_kept);
  thread.interrupted = false;
  thread.listens = thread.held_by != Utid{};
  if (thread.listens) return resume(thread, 0);
  thread.state = ThreadState::listening;
  decide(&thread, act::Listen{});
  if (thread.tid == root_pid_ || job_control_.own_stop != 0) mind_root_stop();
}

void Machine::answer(Thread& thread, WaitStatus, const observed::EventStop& stop) {
  resume_after_trap(thread, stop.int3_pending, stop.pc);
  if (thread.tid != root_pid_) return;
  job_control_.own_stop = 0;
  mind_root_stop();
}

void Machine::answer(Thread& thread, WaitStatus, const observed::EventExit&) {
  by(Rule::stop_is_answered);
  resume(thread, 0);
}
void Machine::answer(Thread& thread, WaitStatus, const observed::EventSeccomp&) {
  by(Rule::stop_is_answered);
  resume(thread, 0);
}

void Machine::answer(Thread&, WaitStatus, const observed::Continued&) {}  // not a stop: there is nothing to answer

namespace {

[[noreturn]] void refuse_report() { throw InvariantError("a task can not report this"); }

}  // namespace

void Machine::answer(Thread&, WaitStatus, const observed::Spawned&) { refuse_report(); }
void Machine::answer(Thread&, WaitStatus, const observed::TimerRang&) { refuse_report(); }
void Machine::answer(Thread&, WaitStatus, const observed::RecorderSignal&) { refuse_report(); }
void Machine::answer(Thread&, WaitStatus, const observed::Echild&) { refuse_report(); }
void Machine::answer(Thread&, WaitStatus, const observed::RecordingFailed&) { refuse_report(); }
void Machine::answer(Thread&, WaitStatus, const observed::Attached&) { refuse_report(); }
void Machine::answer(Thread&, WaitStatus, const observed::Surveyed&) { refuse_report(); }

// Who is on an errand finishes it first: nobody may be let go with registers that are not its own.
void Machine::resume(Thread& thread, int signal) {
  arm_watches(thread);
  if (thread.errand == Errand::none && !thread.to_annex.empty()) annex_next(thread);
  if (thread.errand != Errand::none) {
    decide(&thread, act::Syscall{signal});
    return;
  }
  if (must_park(thread)) {
    park(thread, signal);
    return stands_still(thread);
  }
  if (must_listen(thread)) {
    thread.interrupted = true;
    decide(&thread, act::Interrupt{});
    decide(&thread, act::Cont{signal});
    return;
  }
  const bool leaves = is_leaving(thread);
  if (leaves) by(Rule::let_go);
  if (leaves || !recording_) bare_memory(thread);
  if (leaves)
    decide(&thread, act::Detach{signal});
  else if (thread.served)
    decide(&thread, act::Syscall{signal});
  else
    decide(&thread, act::Cont{signal});
}

// A PTRACE_EVENT_STOP is reported before a signal that is already pending, even one that the task's own instruction
// raised (get_signal, kernel/signal.c; seen in 0.5 % of the interrupts of a task that does nothing but int3, Linux 6.18).
// Whoever is let go in between dies of our int3, so that stop goes first. `value` says that there is one.
void Machine::resume_after_trap(Thread& thread, bool int3_pending, Address pc) {
  if ((is_leaving(thread) || thread.held_by != Utid{}) && int3_pending) {
    by(Rule::pending_int3_comes_first);
    decide(&thread, act::Cont{});
    return;
  }
  const bool was_interrupted = std::exchange(thread.interrupted, false);
  if (must_listen(thread)) {
    by(Rule::tracer_waits);
    thread.state = ThreadState::listening;
    decide(&thread, act::Listen{});
    return;
  }
  if (is_leaving(thread) || was_interrupted) restart_call(thread, pc);  // it was our interrupt that broke it off
  by(Rule::stop_is_answered);
  resume(thread, 0);
}

void Machine::answer(Thread& thread, WaitStatus status, const observed::SignalDeliveryStop& stop) {
  const Delivery delivery{stop, status.stop_signal()};
  note_reached(thread, stop.reached);
  if (delivery.signal == signals::kTrap && may_be_int3(thread, stop.siginfo.code)) {
    if (!stop.placed.empty()) follow_loader(thread, stop.placed);
    const Int3 int3 = int3_of(thread, stop.pc);
    if (is_stuck(thread, int3)) return die_of_int3(thread);
    if (int3.probe) return answer_probe(thread, delivery, int3.address, *int3.probe);
    if (int3.watch) return answer_watch(thread, stop, int3.address, *int3.watch);
    if (stop.copied != ProbeId{} || stop.taken.watch != WatchId{}) return answer_copy(thread, stop, int3.address);
    if (stop.siginfo.code == rules_.arch->trap_code) thread.process->trap.note_own_trap(thread.trap_blocked);
  }
  if (delivery.signal != signals::kTrap && stop.copied != ProbeId{}) return answer_copied_jump(thread, stop.copied);
  if (delivery.signal != signals::kTrap && !stop.ends_init) restart_call(thread, stop.pc);
  deliver(thread, delivery);
}

// A line that began before the signal came is a hit as one at a probe is. No probe is lifted for it: each tells of more.
void Machine::note_reached(Thread& thread, const std::vector<Reached>& reached) {
  for (const Reached& line : reached) {
    if (!thread.process->reached.emplace(line.probe, line.address).second) continue;
    Fact& hit = note(FactKind::hit, &thread);
    hit.probe = line.probe;
    hit.exec = line.exec;
    hit.line_at = line.address;
  }
}

void Machine::deliver(Thread& thread, const Delivery& delivery) {
  if (delivery.signal == signals::kTrap && has_lost_action(thread, delivery.stop)) {
    by(Rule::trap_is_set_again);
    set_handler_again(thread, trap_of(thread).set);
    return resume(thread, delivery.signal);
  }
  const bool discards = is_discarded(thread, delivery);
  by(discards ? Rule::trap_is_discarded : Rule::signal_is_delivered);
  note(FactKind::signal, &thread).signal = delivery.signal;
  if (discards) return resume(thread, 0);
  note_stop_signal(thread, delivery);
  if (delivery.stop.fatal) look_at_the_dying(thread, delivery.signal);
  if (delivery.stop.ends_init && run_ != RunState::killing) return let_die(thread, delivery);
  thread.process->trap.note_delivery(delivery.signal, thread.trap_blocked);
  resume(thread, delivery.signal);
}

// Untraced, a fatal signal ends all threads while it is sent (complete_signal, kernel/signal.c). Traced, it does so when it is
// delivered: until then the others are held, for the look takes its time.
void Machine::look_at_the_dying(const Thread& thread, int signal) {
  by(Rule::dying_is_looked_at);
  for (auto& [tid, other] : threads_) {
    if (other.process != thread.process || &other == &thread || other.state != ThreadState::running) continue;
    other.interrupted = true;
    decide(&other, act::Interrupt{});
  }
  decide(&thread, act::Snapshot{signal});
}

// A trap is reported behind its instruction, which has to be executed once more: an int3, or the system call that a seccomp
// filter answers with SIGSYS.
void Machine::let_die(Thread& thread, const Delivery& delivery) {
  const auto& [stop, signal] = delivery;
  const bool int3 = signal == signals::kTrap && stop.siginfo.code == rules_.arch->trap_code;
  const std::uint64_t length = int3 ? rules_.arch->trap_length : signal == signals::kSys ? rules_.arch->call_length : 0;
  if (length != 0) decide(&thread, act::SetPc{Address{raw(stop.pc) - length}});
  by(Rule::fault_ends_init);
  thread.process->dies_of = signal;
  bare_memory(thread);
  decide(&thread, act::Detach{});
}

void Machine::restart_call(const Thread& thread, Address pc) {
  if (pc == Address{}) return;
  by(Rule::call_is_restarted);
  decide(&thread, act::Restart{});
}

void Machine::answer_probe(Thread& thread, const Delivery& delivery, Address address, ProbeAt at) {
  if (at.counted && !at.own_int3) return answer_counted(thread, delivery, address, at);
  by(at.planted ? Rule::first_hit : Rule::late_hit);
  if (at.planted) note_hit(thread, address, at);
  if (at.planted)
    decide(&thread, act::Lift{at.probe, address, thread.process->exec});
  else if (!at.own_int3)
    decide(&thread, act::Mend{at.probe, address});
  if (at.own_int3) {  // the program's own trap as well: nothing was displaced, so the pc is right
    by(Rule::own_int3);
    thread.process->trap.note_own_trap(thread.trap_blocked);
    return deliver(thread, delivery);
  }
  decide(&thread, act::SetPc{address});
  set_trap_again(thread, trap_of(thread));
  annex_program(thread);
  resume(thread, kept_signal(delivery.stop));
}

void Machine::note_hit(Thread& thread, Address address, ProbeAt at) {
  thread.process->memory->lift(address);
  Fact& hit = note(FactKind::hit, &thread);
  hit.probe = at.probe;
  hit.exec = thread.process->exec;
  if (rules_.scope == Scope::run && !at.counted) seen_.add(at);
}

void Machine::answer_counted(Thread& thread, const Delivery& delivery, Address address, ProbeAt at) {
  by(Rule::counted_hit);
  if (at.planted) note_hit(thread, address, at);
  decide(&thread, act::Emulate{at.probe, address, at.planted ? thread.process->exec : ExecId{}});
  if (rules_.count_limit != 0 && thread.process->memory->count(address) >= rules_.count_limit) {
    by(Rule::count_is_enough);
    thread.process->memory->stop_counting(address);
    decide(&thread, act::Mend{at.probe, address});
  }
  set_trap_again(thread, trap_of(thread));
  annex_program(thread);
  resume(thread, kept_signal(delivery.stop));
}

void Machine::note_output(const Thread& thread, const Written& output) {
  if (output.fd == 0) return;
  Fact& wrote = note(FactKind::wrote, &thread);
  wrote.exec = thread.process->exec;
  wrote.fd = output.fd;
  wrote.bytes = output.bytes;
}

// An object that was unloaded took its int3 bytes along; one that is loaded again is planted again.
void Machine::follow_loader(Thread& thread, const std::vector<Placed>& placed) {
  by(Rule::objects_are_followed);
  const bool watched = wants_watches(*thread.process, placed);
  for (const Placed image : thread.process->memory->remap(placed))
    if (watched || is_always_planted(image)) plant(thread, image);
}

// The others are of no use where no int3 is that is ever come to: a shell would stop at each of its many calls of sigaction(3).
bool Machine::is_always_planted(Placed image) const {
  const auto known = images_.find(image.image);
  if (known == images_.end()) throw InvariantError("an image that was not defined stands in a process");
  const auto& watches = known->second->watches;
  return std::any_of(watches.begin(), watches.end(),
                     [](const Watch& watch) { return watch.kind == WatchKind::loader || is_of_output(watch.kind); });
}

void Machine::answer(Thread& thread, WaitStatus, const observed::EventExec& exec) {
  const ExecDetail& program = exec.program;
  Thread& winner = take_over_leader(thread, exec.former);
  Process& process = *winner.process;
  winner.vfork_parent = winner.interrupted = false;
  winner.errand = Errand::none;
  winner.served = winner.bears_served = false;
  winner.held_by = {};
  if (rules_.waits_listening) winner.makes_way = {};
  winner.to_annex.clear();
  drop(process);
  process.trap = trap_after_exec(process, program);
  process.memory = std::make_shared<AddressSpace>();
  process.exec = ExecId{++last_.exec};
  process.execed = true;
  process.traces = traces(program.image);
  process.borrows = false;
  process.reached.clear();
  winner.trap_blocked = program.trap_blocked;
  if (process.upid == root_) root_execed_ = true;
  step_.utid = winner.utid;
  step_.exec = process.exec;
  note(FactKind::execed, &winner).exec = process.exec;
  if (!program.no_follow.empty() && run_ != RunState::killing) return leave_alone(winner);
  by(Rule::program_is_planted);
  std::vector<Placed> placed{{program.image, program.bias}};
  placed.insert(placed.end(), exec.placed.begin(), exec.placed.end());
  const bool watched = wants_watches(process, placed);
  for (const Placed image : placed)
    if (rules_.scope != Scope::run || watched || (image.image != ImageId{} && is_always_planted(image)))
      plant(winner, image);
  process.to_annex = std::exchange(winner.to_annex, {});
  resume(winner, 0);
}

void Machine::plant(Thread& thread, Placed image) {
  if (image.image == ImageId{} || !recording_) return;
  if (is_leaving(thread) || thread.process->memory->is_lent() || run_ == RunState::killing ||
      (attached_ && !rules_.plants))
    return;
  const auto known = images_.find(image.image);
  if (known == images_.end()) throw InvariantError("an image that was not defined stands in a process");
  if (known->second->is_empty()) return;
  const act::Seen seen = seen_.of(image.image);
  thread.process->memory->map(known->second, image.bias, seen ? *seen : std::vector<bool>());
  decide(&thread, act::Plant{image.image, image.bias, thread.process->exec, seen});
  if (!known->second->flagged.empty()) thread.to_annex.push_back(image);
}

bool Machine::wants_watches(const Process& process, const std::vector<Placed>& placed) const {
  return process.traces || std::any_of(placed.begin(), placed.end(),
                                       [this](Placed image) { return may_see_more(image) || traces(image.image); });
}

bool Machine::traces(ImageId image) const {
  const auto known = images_.find(image);
  return known != images_.end() && known->second->traces;
}

bool Machine::may_see_more(Placed image) const {
  const auto known = images_.find(image.image);
  return known != images_.end() && !known->second->addresses.empty() && !saw_all(*known->second);
}

// At the first stop of a fork child: nobody runs in its memory yet.
void Machine::plant_again(Thread& thread) {
  thread.process->bare_copy = false;
  const bool plants = recording_ && !is_leaving(thread) && run_ != RunState::killing;
  for (const Placed image : plants ? thread.process->memory->planted_images() : std::vector<Placed>()) {
    thread.process->memory->plant_again(image);
    decide(&thread, act::Plant{image.image, image.bias, thread.process->exec, {}, true});
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
    attached_ ? thread_seized(*thread, error) : root_seized(thread, error);
  else if (thread)
    performed(*thread, action, error);
  return step_;
}

void Machine::performed(Thread& thread, const Action& action, std::int32_t error) {
  if (error != kEsrch) note_put_back(thread, action, error);
  if (const auto* const plant = action.as<act::Plant>(); plant && error != 0)
    not_planted(thread, {plant->image, plant->bias}, error);
  else if (const auto* const unplant = action.as<act::Unplant>())
    unplanted(thread, {unplant->image, unplant->bias}, error);
  else if (action.as<act::Detach>() && error == 0)
    is_let_go(thread);
  else if (const auto* const emulate = action.as<act::Emulate>(); emulate && error != 0 && error != kEsrch)
    thread.process->memory->stop_counting(emulate->at);  // its byte was put back, and the task stands before it
  else if (action.as<act::Inject>() && error != 0)
    injected(thread, error);
  else if (action.as<act::Annex>() && error != 0)
    not_annexed(thread, error);
  else if (action.as<act::Reveal>() && error != 0)
    not_revealed(thread, error);
  else if (const auto* const pass = action.as<act::Pass>(); pass && error != 0 && error != kEsrch)
    not_passed(thread, pass->at);
  else if (const auto* const arm = action.as<act::Arm>(); arm && error != 0)
    not_armed(thread, arm->at, error);
  else if (const auto* const flag = action.as<act::Flag>(); flag && error == 0)
    thread.process->memory->flag({flag->image, flag->bias});
  else if (error == kEsrch && !action.as<act::Kill>())
    thread.state = ThreadState::dying;
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
