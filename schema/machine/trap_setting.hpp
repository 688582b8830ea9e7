// The machine's account of what a process does about SIGTRAP, as far as an int3 of ours may spoil it.
//
// It is kept by watches of the C library's functions that change it. A thread's mask is its own (Thread::trap_blocked); the
// functions here that concern it take it along.
#pragma once

#include <cstdint>

#include "schema/vocabulary/event.hpp"

namespace recount {

// Dispositions of sigaction(2) that are no handler.
inline constexpr std::uint64_t kDefault = 0, kIgnore = 1;

struct TrapSetting {
  std::uint64_t handler = kDefault;  // SIG_DFL, SIG_IGN or an address
  std::uint64_t flags = 0;           // sa_flags of a handler
  std::uint64_t once = 0;            // bit n - 1: signal n has a handler for one time (SA_RESETHAND)
  std::uint64_t blocking = 0;        // bit n - 1: signal n has a handler that runs with SIGTRAP blocked
  bool unwatched = false;            // it is not known any more
  bool lost = false;                 // it can not be set again

  void note_sigaction(const CallDetail& call);
  void note_sigmask(const CallDetail& call, bool& blocked) const;
  // The handler of the signal, if it has one, is entered now.
  void note_delivery(int signal, bool& blocked);
  // The program's own int3 is forced upon it as well, and that is nobody's fault but its own.
  void note_own_trap(bool& blocked);
};

// Whether rt_sigreturn will leave SIGTRAP blocked.
bool returns_blocked(const CallDetail& call) noexcept;

}  // namespace recount
