// How a jump to what a register holds gets there, by the instructions in front of it.
//
//   address   the register was loaded, handed over, or is what a call returned: its targets are addresses that somebody stored
//   table     B + the number of 32 bits at B + 4 * I: a switch by a table of distances; B is the table
//   sum       anything else: nothing is known of where it leads
//
// In code of 32 bits distances are counted from the global offset table, to which a register leads: B + the number of 32 bits at
// B + OFFSET + 4 * I.
//
// A jump is `table` only if the instructions from `since` on are in front of it in every case: who asks has to see that
// nothing jumps in between. What a slot of the stack holds may be a sum that was put there, and is one here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tracer/elf/elf_file.hpp"

namespace recount {

struct ComputedJump {
  enum class By : std::uint8_t { address, table, sum };
  std::uint64_t address = 0;  // of the jump
  By by = By::sum;
  std::uint64_t table = 0;   // 0: its address was put in a register further up
  std::uint64_t offset = 0;  // of 32 bits: of the table
  std::uint64_t since = 0;
  std::size_t entries = 0;  // of the table, by the comparison in front; 0: there is none of that form
  std::uint64_t guard = 0;  // the conditional jump behind that comparison
};

// `before`: where the instructions stand that precede the jump, in the order of addresses. `from_start`: the first of them begins a
// function, so that what they do not write was handed over.
ComputedJump computed_jump_at(std::uint64_t jump, std::span<const std::uint64_t> before, bool from_start,
                              const CodeBytes& code);

}  // namespace recount
