// The status word that wait4(2) returned, kept bit for bit, with its parts by name.
//
// The layout is the kernel's, not the C library's macros', so that a log can be read on any machine: wait(2),
// ptrace(2), and include/uapi/linux/ptrace.h. A stop of a seized tracee carries its PTRACE_EVENT_* in bits 16 and up.
#pragma once

#include <cstdint>

#include "schema/vocabulary/event_kind.hpp"

namespace recount {

// Signals that the tracer itself has to know, by their number on x86-64 (signal(7)).
namespace signals {
inline constexpr int kHup = 1, kInt = 2, kQuit = 3, kTrap = 5, kKill = 9, kTerm = 15, kSys = 31;
inline constexpr int kCont = 18, kStop = 19, kTstp = 20, kTtin = 21, kTtou = 22;
}  // namespace signals

class WaitStatus {
 public:
  constexpr WaitStatus() noexcept = default;
  constexpr explicit WaitStatus(std::int32_t status) noexcept : status_(status) {}

  static constexpr WaitStatus for_exit(int code) noexcept { return WaitStatus((code & 0xff) << 8); }
  static constexpr WaitStatus for_death(int signal, bool core = false) noexcept {
    return WaitStatus(signal | (core ? 0x80 : 0));
  }
  static constexpr WaitStatus for_stop(int signal, int event = 0) noexcept {
    return WaitStatus((event << 16) | (signal << 8) | 0x7f);
  }

  constexpr std::int32_t raw() const noexcept { return status_; }
  constexpr bool exited() const noexcept { return (status_ & 0x7f) == 0; }
  constexpr int exit_code() const noexcept { return (status_ >> 8) & 0xff; }
  constexpr bool signaled() const noexcept { return !exited() && (status_ & 0x7f) != 0x7f; }
  constexpr int term_signal() const noexcept { return status_ & 0x7f; }
  constexpr bool core_dumped() const noexcept { return (status_ & 0x80) != 0; }
  constexpr bool ended() const noexcept { return exited() || signaled(); }
  constexpr bool continued() const noexcept { return status_ == 0xffff; }
  constexpr bool stopped() const noexcept { return (status_ & 0xff) == 0x7f; }
  constexpr int stop_signal() const noexcept { return (status_ >> 8) & 0xff; }
  constexpr int event() const noexcept { return (status_ >> 16) & 0xff; }

  // Which of the events of ptrace(2) and wait(2) this is, for a tracee attached with PTRACE_SEIZE.
  constexpr EventKind kind() const noexcept;

  friend constexpr bool operator==(WaitStatus, WaitStatus) noexcept = default;

 private:
  constexpr EventKind stop_kind() const noexcept;

  std::int32_t status_ = 0;
};

constexpr EventKind WaitStatus::kind() const noexcept {
  if (continued()) return EventKind::continued;
  if (exited()) return EventKind::exited;
  if (signaled()) return EventKind::signaled;
  return stop_kind();
}

constexpr EventKind WaitStatus::stop_kind() const noexcept {
  switch (event()) {
    case 1: return EventKind::event_fork;
    case 2: return EventKind::event_vfork;
    case 3: return EventKind::event_clone;
    case 4: return EventKind::event_exec;
    case 5: return EventKind::event_vfork_done;
    case 6: return EventKind::event_exit;
    case 7: return EventKind::event_seccomp;
    case 128: break;  // PTRACE_EVENT_STOP: a birth, an interrupt, or the group's stop
    default:
      return stop_signal() == (signals::kTrap | 0x80) ? EventKind::syscall_stop : EventKind::signal_delivery_stop;
  }
  return stop_signal() == signals::kTrap ? EventKind::event_stop : EventKind::group_stop;
}

}  // namespace recount
