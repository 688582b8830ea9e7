// The machine, SIGTRAP: what the program has set for it, and how that is set again after an int3 of ours.
//
// Account is kept by watches of sigaction(3), pthread_sigmask(3), syscall(2) and of where handlers return to. The calls
// are taken to succeed. What is not seen: system calls without the C library, setcontext(3), and a mask that is in
// force during sigsuspend(2), ppoll(2) and their like only.
#include "schema/machine/machine.hpp"

namespace recount {
namespace {

// System calls by their number on x86-64, and the values of sigaction(2), sigprocmask(2) and clone(2).
constexpr std::uint32_t kRtSigaction = 13, kRtSigprocmask = 14, kRtSigreturn = 15, kClone = 56;
constexpr std::uint64_t kBlock = 0, kUnblock = 1, kSetMask = 2;
constexpr std::uint64_t kNoDefer = 0x40000000, kResetHand = 0x80000000, kUntraced = 0x00800000;
constexpr std::uint64_t kSignals = 64;
constexpr std::int32_t kEsrch = 3;

// 0 of what is no signal: a log may say anything.
constexpr std::uint64_t bit_of(std::uint64_t signal) {
  return signal >= 1 && signal <= kSignals ? std::uint64_t{1} << (signal - 1) : 0;
}
constexpr std::uint64_t kTrapBit = bit_of(signals::kTrap);

// A stop for each call is too much for a function that is called all the time: syscall(2) is the C library's futex in some
// languages, and a coroutine may change its mask at each switch.
std::uint32_t uses_max(WatchKind kind) {
  switch (kind) {
    case WatchKind::syscall: return 500;
    case WatchKind::sigaction:
    case WatchKind::sigmask: return 4'000;
    case WatchKind::loader:
    case WatchKind::sigreturn:
    case WatchKind::clone: break;
  }
  return 0xffffffff;
}

bool is_signal_call(WatchKind kind) { return kind == WatchKind::sigaction || kind == WatchKind::sigmask; }

}  // namespace

// A SIGTRAP that is pending already, since it is blocked, takes in the one that an int3 forces: the kernel unblocks it, and
// what is reported is the older one's siginfo with the int3's pc (legacy_queue, kernel/signal.c, Linux 6.18).
bool Machine::may_be_int3(const Thread& thread, std::int32_t code) noexcept {
  return code == kSiKernel || (code <= 0 && thread.trap_blocked);
}

// The older one is still the program's: with SIGTRAP blocked again, the kernel makes it pending again instead of
// delivering it (ptrace_signal, kernel/signal.c).
int Machine::kept_signal(const Observation& observation) {
  return observation.siginfo.code == kSiKernel ? 0 : signals::kTrap;
}

void Machine::note_call(Thread& thread, const CallDetail& call, WatchId watch) {
  switch (call.number) {
    case kRtSigaction: return note_sigaction(thread.process->trap, call);
    case kRtSigprocmask: return note_sigmask(thread, call);
    case kRtSigreturn: thread.trap_blocked = (call.mask & kTrapBit) != 0; return;
    case kClone:  // nobody would answer an int3 that this child inherits
      if ((call.first & kUntraced) != 0) act(EventKind::trace_child, &thread).value = raw(watch);
      return;
    default: return;
  }
}

void Machine::note_sigaction(TrapSetting& trap, const CallDetail& call) {
  if (!call.has_new || call.first < 1 || call.first > kSignals || trap.unwatched) return;
  const bool is_trap = call.first == signals::kTrap;
  const bool has_handler = call.handler != kDefault && call.handler != kIgnore;
  const bool blocks = (call.mask & kTrapBit) != 0 || (is_trap && (call.flags & kNoDefer) == 0);
  trap.blocking &= ~bit_of(call.first);
  if (has_handler && blocks) trap.blocking |= bit_of(call.first);
  if (!is_trap) return;
  trap.handler = call.handler;
  trap.once = has_handler && (call.flags & kResetHand) != 0;
}

void Machine::note_sigmask(Thread& thread, const CallDetail& call) {
  const bool has_trap = (call.mask & kTrapBit) != 0;
  if (!call.has_new || thread.process->trap.unwatched) return;
  if (call.first == kSetMask) thread.trap_blocked = has_trap;
  if (call.first == kBlock && has_trap) thread.trap_blocked = true;
  if (call.first == kUnblock && has_trap) thread.trap_blocked = false;
}

// Its handler, if it has one, is entered now.
void Machine::note_delivery(Thread& thread, int signal) {
  TrapSetting& trap = thread.process->trap;
  if ((trap.blocking & bit_of(static_cast<std::uint64_t>(signal))) != 0) thread.trap_blocked = true;
  if (signal != signals::kTrap || !trap.once) return;
  trap.handler = kDefault;
  trap.once = false;
  trap.blocking &= ~kTrapBit;
}

// The program's own int3 is forced upon it as well, and that is nobody's fault but its own.
void Machine::note_own_trap(Thread& thread) {
  TrapSetting& trap = thread.process->trap;
  if (!thread.trap_blocked && trap.handler != kIgnore) return;
  thread.trap_blocked = false;
  trap.handler = kDefault;
  trap.blocking &= ~kTrapBit;
}

Machine::TrapBefore Machine::trap_of(const Thread& thread) {
  return {thread.trap_blocked, thread.process->trap.handler};
}

// `before`: what was in force when the int3 was executed.
void Machine::set_trap_again(Thread& thread, TrapBefore before) {
  if (!before.blocked && before.handler != kIgnore) return;
  by(Rule::trap_is_set_again);
  if (before.blocked) act(EventKind::block, &thread);
  if (before.handler == kDefault || thread.process->trap.lost) return;
  thread.errand = Errand::reading;
  thread.in_call = false;
  thread.handler = before.handler == thread.process->trap.handler ? kDefault : before.handler;
  act(EventKind::inject, &thread);
}

// A call is reported when it is entered and when it is done. What was set before is read first, since its flags, its
// mask and its restorer are still there: only the handler was taken away.
void Machine::answer_syscall(Thread& thread) {
  by(Rule::errand_goes_on);
  if (thread.errand != Errand::none && thread.in_call) {
    const std::uint64_t handler = thread.handler != kDefault ? thread.handler : thread.process->trap.handler;
    const bool sets = thread.errand == Errand::reading && handler != kDefault;
    if (sets)
      act(EventKind::inject, &thread).value = handler;
    else
      act(EventKind::restore, &thread);
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
  if (error == kEsrch) {
    thread.state = ThreadState::dying;
    return;
  }
  thread.process->trap.lost = true;
  note(FactKind::trap_lost, &thread).error = error;
}

void Machine::retire(Thread& thread, Address address, WatchAt at) {
  if (!at.retired && at.uses + 1 < uses_max(at.kind)) return;
  by(Rule::watch_is_retired);
  thread.process->memory->retire_watch(address);
  Action& action = act(EventKind::retire, &thread);
  action.value = raw(at.watch);
  action.address = raw(address);
  if (at.retired || !is_signal_call(at.kind)) return;
  thread.process->trap = {.unwatched = true};
  thread.trap_blocked = false;
  note(FactKind::unwatched, &thread);
}

}  // namespace recount
