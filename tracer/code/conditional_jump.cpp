#include "tracer/code/conditional_jump.hpp"

#include <cstring>

namespace recount {
namespace {

constexpr std::uint64_t kCarry = 0x1, kParity = 0x4, kZero = 0x40, kSign = 0x80, kOverflow = 0x800;
constexpr std::size_t kShort = 2, kNear = 6;

using Instruction = std::span<const std::uint8_t>;

std::uint8_t condition_of(Instruction jump) { return (jump.size() == kShort ? jump[0] : jump[1]) & 0xf; }

// Of each pair of conditions the first; the second is its opposite.
bool holds(std::uint8_t pair, std::uint64_t flags) {
  const auto is_set = [flags](std::uint64_t flag) { return (flags & flag) != 0; };
  switch (pair) {
    case 0: return is_set(kOverflow);
    case 1: return is_set(kCarry);
    case 2: return is_set(kZero);
    case 3: return is_set(kCarry | kZero);
    case 4: return is_set(kSign);
    case 5: return is_set(kParity);
    case 6: return is_set(kSign) != is_set(kOverflow);
    default: return is_set(kZero) || is_set(kSign) != is_set(kOverflow);
  }
}

}  // namespace

bool is_conditional_jump(Instruction instruction) noexcept {
  if (instruction.size() == kShort) return (instruction[0] & 0xf0) == 0x70;
  return instruction.size() == kNear && instruction[0] == 0x0f && (instruction[1] & 0xf0) == 0x80;
}

bool is_so(std::uint8_t condition, std::uint64_t flags) noexcept {
  return holds(condition >> 1, flags) == ((condition & 1) == 0);
}

bool is_taken(Instruction instruction, std::uint64_t flags) noexcept { return is_so(condition_of(instruction), flags); }

std::int64_t distance_of(Instruction instruction) noexcept {
  if (instruction.size() == kShort) return static_cast<std::int8_t>(instruction[1]);
  std::int32_t distance = 0;
  std::memcpy(&distance, instruction.data() + 2, sizeof distance);
  return distance;
}

}  // namespace recount
