// The machine, SIGTRAP: what the program has set for it, and how that is set again after an int3 of ours.
//
// Account is kept by watches of sigaction(3), pthread_sigmask(3), syscall(2) and of where handlers return to. Where the first two
// have a detour, only those calls stop that have to do with SIGTRAP, and those that may end what such a one began. The calls
// are taken to succeed. What is not seen: system calls without the C library, setcontext(3), and a mask that is in
// force during sigsuspend(2), ppoll(2) and their like only.
#include <algorithm>
#include <utility>

#include "schema/machine/machine.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kUntraced = 0x00800000;  // of clone(2)

// A loop may go the same way for ever.
constexpr std::uint32_t kWaysMax = 100;

// A stop for each call is too much for a function that is called all the time: syscall(2) is the C library's futex in some
// languages, and a coroutine may change its mask at each switch.
std::uint32_t uses_max(WatchKind kind) {
  switch (kind) {
    case WatchKind::syscall: return 500;
    case WatchKind::sigaction:
    case WatchKind::sigaction_block:
    case WatchKind::sigaction_clear:
    case WatchKind::sigmask:
    case WatchKind::sigmask_block:
    case WatchKind::sigmask_clear: return 4'000;
    case WatchKind::way_on:
    case WatchKind::way_jump:
    case WatchKind::way_both: return kWaysMax;
    case WatchKind::loader:
    case WatchKind::sigreturn:
    case WatchKind::clone:
    case WatchKind::ptrace:
    case WatchKind::leaks:
    case WatchKind::write:
    case WatchKind::writev: break;
  }
  return 0xffffffff;
}

bool has_seen_all(WatchAt at) { return is_of_way(at.kind) && (wanted_ways(at.kind) & ~at.ways) == 0; }

bool is_used_up(WatchAt at) { return at.uses + 1 >= uses_max(at.kind); }

}  // namespace

// A SIGTRAP that is pending already, since it is blocked, takes in the one that an int3 forces: the kernel unblocks it, and
// what is reported is the older one's siginfo with the int3's pc (legacy_queue, kernel/signal.c, Linux 6.18).
bool Machine::may_be_int3(const Thread& thread, std::int32_t code) const noexcept {
  return code == rules_.arch->trap_code || (code <= 0 && thread.trap_blocked);
}

// A trap is reported with the pc behind its instruction.
Int3 Machine::int3_of(const Thread& thread, Address pc) const {
  return thread.process->memory->int3_at(Address{raw(pc) - rules_.arch->trap_length});
}

// The older one is still the program's: with SIGTRAP blocked again, the kernel makes it pending again instead of
// delivering it (ptrace_signal, kernel/signal.c).
int Machine::kept_signal(const observed::SignalDeliveryStop& stop) const {
  return stop.siginfo.code == rules_.arch->trap_code ? 0 : signals::kTrap;
}

// What a watch displaces is done for the task, and other threads find it in place all the time.
void Machine::answer_watch(Thread& thread, const observed::SignalDeliveryStop& stop, Address address, WatchAt at) {
  TrapBefore before = trap_of(thread);
  if (at.kind == WatchKind::leaks) before.blocked = true;  // by LeakSanitizer, without the C library
  by(Rule::watch_is_passed);
  if (is_of_output(at.kind))
    note_output(thread, stop.output);
  else if (is_of_way(at.kind))
    note_way(thread, address, at, stop.taken.way);
  else if (at.kind != WatchKind::loader)
    note_call(thread, stop.call, at);
  thread.process->memory->use_watch(address);
  retire(thread, address, at, before);
  if (thread.process->memory->watch_at(address)->retired) {
    decide(&thread, act::SetPc{address});
  } else {
    decide(&thread, act::Pass{at.watch, address});
  }
  set_trap_again(thread, before);
  resume(thread, kept_signal(stop));
}

void Machine::note_call(Thread& thread, const CallDetail& call, WatchAt at) {
  const Architecture& arch = *rules_.arch;
  if (call.number == arch.rt_sigaction) note_sigaction(thread, call);
  if (call.number == arch.rt_sigprocmask) thread.process->trap.note_sigmask(call, thread.trap_blocked);
  if (call.number == arch.rt_sigreturn) thread.trap_blocked = returns_blocked(call) && !thread.process->trap.unwatched;
  if (call.number == arch.ptrace && rules_.makes_way) make_way(thread, call);
  if (call.number != arch.clone || (call.first & kUntraced) == 0) return;
  decide(&thread, act::TraceChild{at.watch});  // nobody would answer an int3 that this child inherits
  thread.bears_served = at.kind == WatchKind::leaks;
  any_traces_ = any_traces_ || thread.bears_served;
}

// An errand that is under way may set what was there before only after this call.
void Machine::note_sigaction(Thread& thread, const CallDetail& call) {
  TrapSetting& trap = thread.process->trap;
  trap.note_sigaction(call);
  if (!rules_.minds_other_threads) return static_cast<void>(trap.flags = 0);
  if (!call.has_new || call.first != signals::kTrap) return;
  for (auto& [tid, other] : threads_)
    if (other.process == thread.process && &other != &thread && other.errand == Errand::writing) other.overtaken = true;
}

Machine::TrapBefore Machine::trap_of(const Thread& thread) {
  const TrapSetting& trap = thread.process->trap;
  return {thread.trap_blocked, trap.blocking != 0, {trap.handler, trap.flags}};
}

// `before`: what was in force when the int3 was executed.
void Machine::set_trap_again(Thread& thread, TrapBefore before) {
  if (!before.blocked && before.set.handler != kIgnore) return;
  by(Rule::trap_is_set_again);
  if (before.blocked) decide(&thread, act::Block{});
  if (before.set.handler == kDefault || thread.process->trap.lost || must_owe(thread, before.set.handler)) return;
  set_handler_again(thread, before.set);
}

// To set SIG_IGN discards a SIGTRAP that is pending for any thread of the process (do_sigaction, kernel/signal.c, Linux 6.18), that of an int3
// of ours as well: who has executed that would go on behind it, in the middle of an instruction. So it is set when no other
// thread is there. Until then a SIGTRAP that it would discard is not delivered.
bool Machine::must_owe(const Thread& thread, std::uint64_t handler) const noexcept {
  return rules_.owes_ignored_trap && handler == kIgnore && thread.process->threads > 1;
}

// Where nothing of ours stands, the kernel knows better than the account.
bool Machine::may_owe(const Process& process) const noexcept {
  return rules_.owes_ignored_trap && process.trap.handler == kIgnore && recording_ && !process.memory->is_empty();
}

bool Machine::is_discarded(const Thread& thread, const Delivery& delivery) const noexcept {
  const bool would_end = delivery.signal == signals::kTrap && delivery.stop.fatal && run_ != RunState::killing;
  return would_end && may_owe(*thread.process);
}

// What is ignored stays so. If it is not, that is owed, or a thread has executed an int3 of ours and was gone before it could tell.
TrapSetting Machine::trap_after_exec(const Process& process, const ExecDetail& program) const noexcept {
  const bool is_owed = may_owe(process) && !process.trap.lost;
  return {.handler = program.trap_ignored || is_owed ? kIgnore : kDefault};
}

void Machine::set_handler_again(Thread& thread, act::Inject handler) {
  thread.errand = Errand::reading;
  thread.in_call = thread.overtaken = false;
  thread.to_set = handler.handler == thread.process->trap.handler ? act::Inject{} : handler;
  decide(&thread, act::Inject{});
}

// An int3 of another thread has just taken away what is set, and the program would die of its own SIGTRAP. It is set first, and the
// signal is pending meanwhile, as kept_signal() says.
bool Machine::has_lost_action(const Thread& thread, const observed::SignalDeliveryStop& stop) const noexcept {
  const TrapSetting& trap = thread.process->trap;
  const bool is_version_12 = rules_.looks_at_orphans && !rules_.owes_ignored_trap;
  const bool is_ignored = trap.handler == kIgnore && is_version_12;  // else it is not delivered
  const bool is_set = (trap.handler > kIgnore || is_ignored) && !trap.lost;
  return rules_.minds_other_threads && stop.fatal && is_set && recording_ && run_ != RunState::killing;
}

// A call is reported when it is entered and when it is done. What was set before is read first, since its flags, its
// mask and its restorer are still there: only the handler was taken away.
void Machine::answer(Thread& thread, WaitStatus, const observed::SyscallStop& stop) {
  if (thread.served && thread.errand == Errand::none) return serve(thread, stop.call);
  by(Rule::errand_goes_on);
  if (thread.errand == Errand::annexing && thread.in_call) {
    annexed(thread, stop.result);
  } else if (thread.errand == Errand::revealing && thread.in_call) {
    revealed(thread, stop.result);
  } else if (thread.errand != Errand::none && thread.in_call) {
    const TrapSetting& trap = thread.process->trap;
    const bool overtaken = std::exchange(thread.overtaken, false);
    const bool has_own = thread.to_set.handler != kDefault && !overtaken;
    const act::Inject to_set = has_own ? thread.to_set : act::Inject{trap.handler, trap.flags};
    const bool may_set = to_set.handler != kDefault && !must_owe(thread, to_set.handler);
    const bool sets = (thread.errand == Errand::reading || overtaken) && may_set;
    if (sets)
      decide(&thread, to_set);
    else
      decide(&thread, act::Restore{});
    thread.errand = sets ? Errand::writing : Errand::none;
    thread.in_call = false;
  } else {
    thread.in_call = thread.errand != Errand::none;
  }
  resume(thread, 0);
}

// The request to resume it stands behind, and is done all the same: that a system call stops then is nothing new.
void Machine::injected(Thread& thread, std::int32_t error) {
  thread.errand = Errand::none;
  thread.to_annex.clear();  // for that it would fail as well, and later is too late: in a system call
  if (error == kEsrch) {
    thread.state = ThreadState::dying;
    return;
  }
  thread.process->trap.lost = true;
  if (rules_.waits_listening) thread.makes_way = {};  // it goes on, so it is too late to wait for its tracee
  note(FactKind::trap_lost, &thread).error = error;
}

// The program has copied its text, int3 bytes of ours included: no hit, the line is elsewhere.
void Machine::answer_copy(Thread& thread, const observed::SignalDeliveryStop& stop, Address address) {
  by(Rule::copied_text);
  if (stop.copied != ProbeId{}) {
    note(FactKind::copied, &thread).probe = stop.copied;
    decide(&thread, act::Mend{stop.copied, address});
  } else {
    decide(&thread, act::Retire{stop.taken.watch, address});
  }
  decide(&thread, act::SetPc{address});
  set_trap_again(thread, trap_of(thread));
  resume(thread, 0);
}

void Machine::note_way(Thread& thread, Address address, WatchAt& at, Way way) {
  if (way == Way::none || !thread.process->memory->see_way(address, way)) return;
  at.ways = static_cast<std::uint8_t>(at.ways | bits_of(way));
  Fact& taken = note(FactKind::way_taken, &thread);
  taken.exec = thread.process->exec;
  taken.watch = at.watch;
  taken.way = way;
}

void Machine::retire(Thread& thread, Address address, WatchAt at, TrapBefore before) {
  const bool rests = is_of_clear(at.kind) && !may_clear(thread, at.kind, before);
  if (!at.retired && !rests && !is_used_up(at) && !has_seen_all(at)) return;
  by(is_used_up(at) || !rests ? Rule::watch_is_retired : Rule::watch_rests);
  thread.process->memory->retire_watch(address);
  decide(&thread, act::Retire{at.watch, address});
  if (keeps_account(at.kind) && !at.retired && is_used_up(at)) unwatch(thread);
}

// From now on nothing is known of SIGTRAP there, of whoever uses that memory.
void Machine::unwatch(const Thread& thread) {
  const auto memory = thread.process->memory;
  for (auto& [upid, process] : processes_)
    if (process.memory == memory) process.trap = {.unwatched = true};
  for (auto& [tid, other] : threads_)
    if (other.process && other.process->memory == memory) other.trap_blocked = false;
  note(FactKind::unwatched, &thread);
}

// Whether there is anything for such a call to end, for whoever uses that memory.
bool Machine::may_clear(const Thread& thread, WatchKind kind, TrapBefore before) const {
  const auto& memory = thread.process->memory;
  if (kind == WatchKind::sigmask_clear)
    return before.blocked || std::any_of(threads_.begin(), threads_.end(), [&](const auto& other) {
             return other.second.trap_blocked && other.second.process && other.second.process->memory == memory;
           });
  return before.handler_blocks || std::any_of(processes_.begin(), processes_.end(), [&](const auto& other) {
           return other.second.trap.blocking != 0 && other.second.memory == memory;
         });
}

// Who goes on with SIGTRAP blocked, or with a handler that blocks it, may end that.
void Machine::arm_watches(Thread& thread) {
  if (!recording_ || is_leaving(thread) || run_ == RunState::killing || thread.errand == Errand::revealing) return;
  if (thread.trap_blocked) arm_watches(thread, WatchKind::sigmask_clear);
  if (thread.process->trap.blocking != 0) arm_watches(thread, WatchKind::sigaction_clear);
}

void Machine::arm_watches(Thread& thread, WatchKind kind) {
  AddressSpace& memory = *thread.process->memory;
  for (const Address address : memory.retired_clears(kind)) {
    const WatchAt at = *memory.watch_at(address);
    if (is_used_up(at)) continue;
    by(Rule::watch_is_armed);
    memory.arm_watch(address);
    decide(&thread, act::Arm{at.watch, address});
  }
}

// Its byte was put back, where that was possible, and the task stands before it.
void Machine::not_passed(const Thread& thread, Address address) {
  const auto watch = thread.process->memory->watch_at(address);
  if (!rules_.gives_up_int3 || !watch) return;
  thread.process->memory->retire_watch(address);
  if (keeps_account(watch->kind)) unwatch(thread);
}

// If it was killed, others may be in that memory: whoever of them goes on next with SIGTRAP blocked has it put in.
void Machine::not_armed(Thread& thread, Address address, std::int32_t error) {
  thread.process->memory->retire_watch(address);
  if (error == kEsrch)
    thread.state = ThreadState::dying;
  else
    unwatch(thread);
}

}  // namespace recount
