// Does for a stopped task what the instruction would have done that an int3 of ours displaces. So nothing has to be
// stepped, and no task slips past the int3 meanwhile.
//
// The integer instructions that compilers emit: moves, arithmetic, calls, jumps and returns, with operands in registers and in
// memory (Intel SDM, volume 2), of programs of 64 and of 32 bits. Not: whatever is locked or repeated, floating point and vectors, what
// the segment register gs leads to (of 32 bits: also fs), and what waits or enters the kernel. Flags that the manual leaves undefined are as they were, or 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "tracer/base/x86_64.hpp"

namespace recount {

// The memory of the task, as the task itself may read and write it. Each returns 0 or an errno.
struct TaskMemory {
  std::function<int(std::uint64_t address, std::span<std::uint8_t> bytes)> read;
  std::function<int(std::uint64_t address, std::span<const std::uint8_t> bytes)> write;
};

std::size_t length_of(std::span<const std::uint8_t> instruction,
                      arch::Mode mode);  // that these bytes begin with; 0: with none
bool can_be_done(std::span<const std::uint8_t> instruction, arch::Mode mode);

// It touches no memory but the stack: what the stack pointer or the frame pointer leads to, and divides nothing. So it faults where the
// stack ends only.
bool stays_on_stack(std::span<const std::uint8_t> instruction, arch::Mode mode);

// `registers` are those of a task whose pc is past the int3; afterwards it is past the instruction, or where that leads. Returns 0
// or the errno of the memory: then nothing was done. The instruction that the bytes begin with is one that can be done in the mode that
// the registers tell of.
int do_instruction(std::span<const std::uint8_t> instruction, arch::Registers& registers, const TaskMemory& memory);

}  // namespace recount
