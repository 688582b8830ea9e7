// A conditional jump by the flags (Jcc; Intel SDM, volume 2): where it leads a task that stands at it.
#pragma once

#include <cstdint>
#include <span>

namespace recount {

// Bits of the flags (SDM, volume 1, 3.4.3.1).
inline constexpr std::uint64_t kCarryFlag = 0x1, kParityFlag = 0x4, kAdjustFlag = 0x10, kZeroFlag = 0x40,
                               kSignFlag = 0x80, kOverflowFlag = 0x800;

// One without prefixes: `instruction` is all of it.
bool is_conditional_jump(std::span<const std::uint8_t> instruction) noexcept;
// Of a condition by its number: the last four bits of the instruction's opcode, as in SETcc and CMOVcc.
bool is_so(std::uint8_t condition, std::uint64_t flags) noexcept;
bool is_taken(std::span<const std::uint8_t> instruction, std::uint64_t flags) noexcept;
std::int64_t distance_of(std::span<const std::uint8_t> instruction) noexcept;  // from behind it to its target

}  // namespace recount
