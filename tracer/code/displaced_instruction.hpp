// Does for a stopped task what the instruction would have done that an int3 of ours displaces.
//
// Only conditional jumps, and instructions that a function begins with and that touch nothing but registers and the stack: ret, push, and nop,
// endbr64, mov, lea, sub and test of registers and constants (Intel SDM, volume 2). So a watch needs no step out of line.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "tracer/base/x86_64.hpp"

namespace recount {

// The stack of the task. Each returns 0 or an errno.
struct Stack {
  std::function<int(std::uint64_t address, std::uint64_t& word)> read;
  std::function<int(std::uint64_t address, std::uint64_t word)> write;
};

bool can_be_done(std::span<const std::uint8_t> instruction);

// `registers` are those of a task whose pc is past the int3; afterwards it is past the instruction. Returns 0 or the
// errno of the stack. The instruction is one that can be done.
int do_instruction(std::span<const std::uint8_t> instruction, arch::Registers& registers, const Stack& stack);

}  // namespace recount
