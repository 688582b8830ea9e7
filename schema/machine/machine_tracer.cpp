// The machine, programs that trace: a task has one tracer, and it is the recorder.
//
// A program that calls ptrace(2) is told of by a watch of the C library's function. What it is about to trace is let go first, so
// that the kernel grants what it would grant untraced; what it traces is recorded no further:
//
//   PTRACE_TRACEME / unplant, detach
//   PTRACE_ATTACH, PTRACE_SEIZE of a task of ours / interrupt its process and itself --> LISTENING
//                                                                  --all of that process are detached--> interrupt, goes on
//
// Another thread of its process may exec meanwhile, and the number is then that of a task in a stop that nobody has waited for: who was
// only left in its stop would be resumed from that one. Who listens (PTRACE_LISTEN) reports before it is resumed.
//
// LeakSanitizer traces the process that it is in, from a task that it clones for that and without the C library. Were the process let
// go, nobody would hear how it ends. So that task's calls stop, and the kernel's part is played (`serve`): who is attached to is held,
// wait4(2) returns when it stands still, its registers are told, and it goes on where it is detached from.
#include <algorithm>
#include <memory>
#include <utility>

#include "schema/machine/machine.hpp"

namespace recount {
namespace {

enum Request : std::uint64_t {  // of ptrace(2)
  kTraceMe = 0,
  kKill = 8,
  kGetRegs = 12,
  kAttach = 16,
  kDetach = 17,
  kGetRegset = 0x4204,
  kSeize = 0x4206,
};

Tid task_of(const CallDetail& call) { return Tid{static_cast<std::int32_t>(call.flags)}; }

}  // namespace

// --- what is let go --------------------------------------------------------------------------------------------------

void Machine::make_way(Thread& tracer, const CallDetail& call) {
  if (run_ != RunState::tracing && run_ != RunState::draining) return;
  Process* const traced = traced_by(tracer, call);
  if (!traced) return;
  any_traces_ = true;
  by(Rule::traced_is_let_go);
  leaves_for(*traced, tracer);
  if (traced == tracer.process) return;
  by(Rule::tracer_waits);
  tracer.makes_way = traced->upid;
  set_timer(Timer::attach);
}

// Null: nobody of ours, or nobody that may be traced. A tracee of its parent's can't be the root, whose parent is the recorder.
Process* Machine::traced_by(const Thread& tracer, const CallDetail& call) {
  const bool is_our_child = tracer.process->upid == root_ && !attached_;
  if (call.first == kTraceMe) return is_our_child ? nullptr : tracer.process;
  if (call.first != kAttach && call.first != kSeize) return nullptr;
  const auto traced = threads_.find(task_of(call));
  const bool is_ours = traced != threads_.end() && traced->second.process && is_traced(traced->second.process->upid);
  return is_ours && traced->second.process != tracer.process ? traced->second.process : nullptr;
}

void Machine::leaves_for(Process& process, const Thread& tracer) {
  const bool leaves_already = process.tracer != Upid{};
  if (leaves_already && &process != tracer.process) return;
  process.tracer = tracer.process->upid;
  if (leaves_already) return;  // but for nobody else, who might wait no longer
  for (auto& [tid, thread] : threads_) {
    const bool may_stop = thread.state == ThreadState::running || thread.state == ThreadState::listening;
    if (thread.process != &process || &thread == &tracer || !may_stop) continue;
    thread.interrupted = true;
    decide(&thread, act::Interrupt{});
  }
}

bool Machine::is_leaving(const Thread& thread) const {
  return run_ == RunState::letting_go || thread.process->tracer != Upid{};
}

// A debugger's vfork child asks to be traced and execs. Until then nothing of ours may be in the memory that it is in, its parent's.
void Machine::take_back_memory(Thread& thread, Tid child) {
  AddressSpace& memory = *thread.process->memory;
  if (!memory.is_lent()) return;
  memory.take_back(child);
  const bool plants = recording_ && !memory.is_lent() && !is_leaving(thread) && run_ != RunState::killing;
  for (const Placed image : plants ? memory.bare_images() : std::vector<Placed>()) {
    by(Rule::memory_is_planted_again);
    const auto absent = std::make_shared<const std::vector<bool>>(memory.renew(image));
    decide(&thread, act::Plant{image.image, image.bias, thread.process->exec, absent});
  }
}

bool Machine::is_traced(Upid process) const {
  return std::any_of(threads_.begin(), threads_.end(), [process](const auto& entry) {
    const Thread& thread = entry.second;
    return thread.process && thread.process->upid == process && thread.state != ThreadState::left_alone;
  });
}

void Machine::let_tracers_go_on() {
  if (!any_traces_) return;
  for (auto& [tid, thread] : threads_) {
    if (thread.makes_way == Upid{} || is_traced(thread.makes_way)) continue;
    by(Rule::tracer_goes_on);
    thread.makes_way = {};
    let_go_on(thread);
  }
}

// One that does not stop is in a call that nothing breaks off, as vfork(2) is: what its tracer asks for fails. It stays the recorder's,
// unless some of its threads have left.
void Machine::wait_no_longer() {
  for (auto& [tid, thread] : threads_) {
    const Upid traced = std::exchange(thread.makes_way, {});
    if (traced == Upid{}) continue;
    const auto process = processes_.find(traced);
    if (process != processes_.end() && !process->second.parted && process->second.tracer != traced)
      process->second.tracer = {};
    let_go_on(thread);
  }
}

void Machine::let_go_on(Thread& tracer) {
  if (!rules_.waits_listening) return release(tracer);
  if (tracer.state != ThreadState::listening) return;  // it will report
  tracer.interrupted = true;
  decide(&tracer, act::Interrupt{});
}

bool Machine::must_listen(const Thread& thread) const { return rules_.waits_listening && thread.makes_way != Upid{}; }

bool Machine::must_park(const Thread& thread) const {
  return run_ == RunState::attaching || (thread.makes_way != Upid{} && !rules_.waits_listening) ||
         thread.held_by != Utid{} || thread.waits_for != Tid{};
}

void Machine::release(Thread& thread) {
  if (thread.state != ThreadState::parked) return;
  const bool listens = std::exchange(thread.listens, false) && !is_leaving(thread);
  thread.state = listens ? ThreadState::listening : ThreadState::running;
  if (listens)
    decide(&thread, act::Listen{});
  else
    resume(thread, std::exchange(thread.signal, 0));
}

// --- what is served --------------------------------------------------------------------------------------------------

// A call is reported when it is entered and when it is done.
void Machine::serve(Thread& thread, const CallDetail& call) {
  thread.in_call = !thread.in_call;
  const auto target = threads_.find(task_of(call));
  const bool is_known = target != threads_.end() && target->second.process && &target->second != &thread &&
                        target->second.process->memory == thread.process->memory;
  if (thread.in_call && is_known && serve_request(thread, target->second, call)) {
    by(Rule::call_is_served);
    decide(&thread, act::Serve{target->first});
  }
  resume(thread, 0);
}

// Whether the recorder does it now. What it does not do the kernel does, and refuses.
bool Machine::serve_request(Thread& thread, Thread& target, const CallDetail& call) {
  const bool holds = target.held_by == thread.utid;
  const bool stands = holds && target.state == ThreadState::parked;
  if (call.number == rules_.arch->wait4) {
    if (holds && !stands) thread.waits_for = target.tid;
    return stands;
  }
  switch (call.first) {
    case kAttach:
      if (target.held_by != Utid{}) return false;
      by(Rule::served_task_is_held);
      target.held_by = thread.utid;
      if (target.state != ThreadState::running && target.state != ThreadState::listening) return true;
      target.interrupted = true;
      decide(&target, act::Interrupt{});
      return true;
    case kDetach:
      if (!holds) return false;
      target.held_by = {};
      release(target);
      return true;
    case kKill:
      if (holds) kill_task(target.tid, signals::kKill);
      return holds;
    case kGetRegs:
    case kGetRegset: return stands;
    default: return false;
  }
}

void Machine::stands_still(const Thread& target) {
  for (auto& [tid, thread] : threads_) {
    if (thread.waits_for != target.tid) continue;
    by(Rule::call_is_served);
    thread.waits_for = {};
    decide(&thread, act::Serve{target.tid});
    release(thread);
  }
}

// `ended`: it served none any more, or is waited for by none. For that the kernel has the answer: it is no child of the waiting task's.
void Machine::free_held(const Thread& ended) {
  if (!any_traces_) return;
  for (auto& [tid, thread] : threads_) {
    if (&thread == &ended) continue;
    if (thread.waits_for == ended.tid) {
      thread.waits_for = {};
      release(thread);
    }
    if (thread.held_by == ended.utid) {
      thread.held_by = {};
      release(thread);
    }
  }
}

}  // namespace recount
