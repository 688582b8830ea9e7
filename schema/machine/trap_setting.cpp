#include "schema/machine/trap_setting.hpp"

namespace recount {
namespace {

// Of sigaction(2) and sigprocmask(2).
constexpr std::uint64_t kBlock = 0, kUnblock = 1, kSetMask = 2;
constexpr std::uint64_t kNoDefer = 0x40000000, kResetHand = 0x80000000;
constexpr std::uint64_t kSignals = 64;

// 0 of what is no signal: a log may say anything.
constexpr std::uint64_t bit_of(std::uint64_t signal) {
  return signal >= 1 && signal <= kSignals ? std::uint64_t{1} << (signal - 1) : 0;
}
constexpr std::uint64_t kTrapBit = bit_of(signals::kTrap);

}  // namespace

void TrapSetting::note_sigaction(const CallDetail& call) {
  if (!call.has_new || call.first < 1 || call.first > kSignals || unwatched) return;
  const bool is_trap = call.first == signals::kTrap;
  const bool has_handler = call.handler != kDefault && call.handler != kIgnore;
  const bool blocks = (call.mask & kTrapBit) != 0 || (is_trap && (call.flags & kNoDefer) == 0);
  blocking &= ~bit_of(call.first);
  once &= ~bit_of(call.first);
  if (has_handler && blocks) blocking |= bit_of(call.first);
  if (has_handler && (call.flags & kResetHand) != 0) once |= bit_of(call.first);
  if (!is_trap) return;
  handler = call.handler;
  flags = has_handler ? call.flags : 0;
}

void TrapSetting::note_sigmask(const CallDetail& call, bool& blocked) const {
  const bool has_trap = (call.mask & kTrapBit) != 0;
  if (!call.has_new || unwatched) return;
  if (call.first == kSetMask) blocked = has_trap;
  if (call.first == kBlock && has_trap) blocked = true;
  if (call.first == kUnblock && has_trap) blocked = false;
}

void TrapSetting::note_delivery(int signal, bool& blocked) {
  const std::uint64_t bit = bit_of(static_cast<std::uint64_t>(signal));
  if ((blocking & bit) != 0) blocked = true;
  if ((once & bit) == 0) return;
  if (signal == signals::kTrap) handler = kDefault;
  once &= ~bit;
  blocking &= ~bit;
}

void TrapSetting::note_own_trap(bool& blocked) {
  if (!blocked && handler != kIgnore) return;
  blocked = false;
  handler = kDefault;
  blocking &= ~kTrapBit;
}

bool returns_blocked(const CallDetail& call) noexcept { return (call.mask & kTrapBit) != 0; }

}  // namespace recount
