#include "tracer/stop/performer.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include <cerrno>
#include <cstddef>

#include "tracer/code/displaced_instruction.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

// The kernel's mask, one bit a signal: 8 bytes (PTRACE_GETSIGMASK, ptrace(2)).
int block_trap(Tid tid) {
  std::uint64_t mask = 0;
  if (const int error = ptrace_request(PTRACE_GETSIGMASK, tid, sizeof mask, &mask)) return error;
  mask |= std::uint64_t{1} << (SIGTRAP - 1);
  return ptrace_request(PTRACE_SETSIGMASK, tid, sizeof mask, &mask);
}

// ERESTARTNOHAND in the place of the EINTR that is there: the kernel makes the call again, or, if a handler is to run first,
// puts EINTR there (handle_signal and arch_do_signal_or_restart, arch/x86/kernel/signal.c, Linux 6.18).
int restart_call(Tid tid) {
  constexpr auto kRax = offsetof(user, regs) + offsetof(user_regs_struct, rax);
  constexpr long kErestartNoHand = 514;
  return ptrace_request(PTRACE_POKEUSER, tid, kRax, -kErestartNoHand);
}

ProbeBytes without(const ProbeBytes& all, const std::vector<bool>& seen) {
  ProbeBytes rest;
  for (std::size_t i = 0; i < all.addresses.size(); ++i) {
    if (i < seen.size() && seen[i]) continue;
    rest.addresses.push_back(all.addresses[i]);
    rest.originals.push_back(all.originals[i]);
  }
  return rest;
}

}  // namespace

int Performer::perform(const Action& action) {
  constexpr auto kRip = offsetof(user, regs) + offsetof(user_regs_struct, rip);
  const auto signal = static_cast<unsigned long>(action.signal);
  const ProbeId probe{static_cast<std::uint32_t>(action.value)};
  switch (action.kind) {
    case EventKind::cont: return ptrace_request(PTRACE_CONT, action.tid, 0, signal);
    case EventKind::syscall: return ptrace_request(PTRACE_SYSCALL, action.tid, 0, signal);
    case EventKind::block: return block_trap(action.tid);
    case EventKind::inject:
      return action.value == 0 ? injection_.read(action.tid) : injection_.write(action.tid, action.value);
    case EventKind::restart: return restart_call(action.tid);
    case EventKind::restore: return injection_.restore(action.tid);
    case EventKind::trace_child: return trace_child(action);
    case EventKind::set_pc: return ptrace_request(PTRACE_POKEUSER, action.tid, kRip, action.address);
    case EventKind::lift:
    case EventKind::mend: return memory_.write_byte(action.tid, Address{action.address}, images_.original(probe));
    case EventKind::pass: return pass(action);
    case EventKind::retire:
      return memory_.write_byte(action.tid, Address{action.address}, watch_of(action).instruction.front());
    case EventKind::plant:
    case EventKind::unplant: return plant(action);
    case EventKind::listen: return ptrace_request(PTRACE_LISTEN, action.tid, 0, 0);
    case EventKind::interrupt: return ptrace_request(PTRACE_INTERRUPT, action.tid, 0, 0);
    case EventKind::detach: return ptrace_request(PTRACE_DETACH, action.tid, 0, signal);
    case EventKind::seize: return ptrace_request(PTRACE_SEIZE, action.tid, 0, action.value);
    case EventKind::kill: return ::kill(raw(action.tid), action.signal) == 0 ? 0 : errno;
    case EventKind::start: return launcher_.go();
    case EventKind::set_timer: {
      const auto timer = static_cast<Timer>(action.value);
      waiter_.set_timer(timer, rules_.duration_ns(timer));
      return 0;
    }
    case EventKind::suspend: return waiter_.suspend(action.signal);
    case EventKind::end: return 0;
    case EventKind::spawned:
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
    case EventKind::continued:
    case EventKind::timer:
    case EventKind::recorder_signal:
    case EventKind::echild:
    case EventKind::recording_failed: break;
  }
  throw InvariantError("an observation can not be performed");
}

int Performer::plant(const Action& action) {
  const StoredImage& image = images_.at(ImageId{static_cast<std::uint32_t>(action.value)});
  const LoadBias bias{action.address};
  const bool planting = action.kind == EventKind::plant;
  const auto change = [&](const ProbeBytes& bytes) {
    return planting ? memory_.plant(action.tid, bytes, bias) : memory_.unplant(action.tid, bytes, bias);
  };
  const auto seen = machine_.seen(image.id);
  const int error = change(planting && !seen.empty() ? without(image.bytes, seen) : image.bytes);
  return error != 0 ? error : change(image.watch_bytes);
}

const ImageWatch& Performer::watch_of(const Action& action) const {
  return images_.watch(WatchId{static_cast<std::uint32_t>(action.value)});
}

int Performer::pass(const Action& action) {
  user_regs_struct registers{};
  if (const int error = ptrace_request(PTRACE_GETREGS, action.tid, 0, &registers)) return error;
  const Stack stack{
      [&](std::uint64_t address, std::uint64_t& word) { return memory_.read_word(action.tid, Address{address}, word); },
      [&](std::uint64_t address, std::uint64_t word) {
        return memory_.write_word(action.tid, Address{address}, word);
      }};
  if (const int error = do_instruction(watch_of(action).instruction, registers, stack)) return error;
  return ptrace_request(PTRACE_SETREGS, action.tid, 0, &registers);
}

// The flags are the third argument of clone(2), and the first of the system call, which is the second of syscall(2).
int Performer::trace_child(const Action& action) {
  user_regs_struct registers{};
  if (const int error = ptrace_request(PTRACE_GETREGS, action.tid, 0, &registers)) return error;
  auto& flags = watch_of(action).watch.kind == WatchKind::clone ? registers.rdx : registers.rsi;
  flags &= ~std::uint64_t{CLONE_UNTRACED};
  return ptrace_request(PTRACE_SETREGS, action.tid, 0, &registers);
}

void Performer::forget_memory(const Observation& observation) {
  if (observation.kind == EventKind::event_exec) {
    memory_.forget(observation.tid);
    memory_.forget(Tid{static_cast<std::int32_t>(observation.value)});
  } else if (observation.birth.child != Tid{}) {
    memory_.forget(observation.birth.child);
  } else if (observation.status.ended()) {
    memory_.forget(observation.tid);
    injection_.forget(observation.tid);
  }
}

}  // namespace recount
