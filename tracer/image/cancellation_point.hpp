// Where the C library makes the system calls at which a thread can be cancelled, if all of them share the instruction.
//
// Since glibc 2.41 write(2) and its like pass the call's number to one function, which makes the call: by a syscall instruction
// of its own where no other thread could cancel this one, else in __syscall_cancel_arch. That one is assembly, the
// same in all builds (nptl/cancellation.c and sysdeps/unix/sysv/linux/x86_64/syscall_cancel.S). The number is the seventh
// argument: it lies on the stack, above the return address (System V ABI, x86-64, 3.2.3).
//
// Behind the call the first three arguments are still in their registers, and the result is in rax. That holds at two places:
// behind the function's own instruction, and where it goes on behind __syscall_cancel_arch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace recount {

using MachineCode = std::vector<std::uint8_t>;

struct SharedCall {
  std::uint64_t at = 0;      // behind the call: what stands here can be displaced by a jump
  MachineCode instructions;  // whole ones, which do the same elsewhere and can be done for a task
  std::size_t room = 0;      // bytes of them and of the padding behind them
  MachineCode number;        // ModRM, SIB and displacement of the operand that holds the call's number
};

struct SharedCalls {
  bool is_read = true;  // false: the library has such a function, and not the form that is known
  std::vector<SharedCall> calls;
};

// `code` begins at the address `start`.
SharedCalls find_shared_calls(std::uint64_t start, std::span<const std::uint8_t> code);

}  // namespace recount
