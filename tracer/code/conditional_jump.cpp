#include "tracer/code/conditional_jump.hpp"

#include <cstring>

namespace recount {
namespace {

constexpr std::size_t kShort = 2, kNear = 6;

using Bytes = std::span<const std::uint8_t>;

std::uint8_t condition_of(Bytes jump) { return (jump.size() == kShort ? jump[0] : jump[1]) & 0xf; }

// Of each pair of conditions the first; the second is its opposite.
bool holds(std::uint8_t pair, std::uint64_t flags) {
  const auto is_set = [flags](std::uint64_t flag) { return (flags & flag) != 0; };
  switch (pair) {
    case 0: return is_set(kOverflowFlag);
    case 1: return is_set(kCarryFlag);
    case 2: return is_set(kZeroFlag);
    case 3: return is_set(kCarryFlag | kZeroFlag);
    case 4: return is_set(kSignFlag);
    case 5: return is_set(kParityFlag);
    case 6: return is_set(kSignFlag) != is_set(kOverflowFlag);
    default: return is_set(kZeroFlag) || is_set(kSignFlag) != is_set(kOverflowFlag);
  }
}

}  // namespace

bool is_conditional_jump(Bytes instruction) noexcept {
  if (instruction.size() == kShort) return (instruction[0] & 0xf0) == 0x70;
  return instruction.size() == kNear && instruction[0] == 0x0f && (instruction[1] & 0xf0) == 0x80;
}

bool is_so(std::uint8_t condition, std::uint64_t flags) noexcept {
  return holds(condition >> 1, flags) == ((condition & 1) == 0);
}

bool is_taken(Bytes instruction, std::uint64_t flags) noexcept { return is_so(condition_of(instruction), flags); }

std::int64_t distance_of(Bytes instruction) noexcept {
  if (instruction.size() == kShort) return static_cast<std::int8_t>(instruction[1]);
  std::int32_t distance = 0;
  std::memcpy(&distance, instruction.data() + 2, sizeof distance);
  return distance;
}

}  // namespace recount
