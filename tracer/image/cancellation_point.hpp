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
#include <optional>
#include <vector>

#include "tracer/image/call_window.hpp"

namespace recount {

struct CallSites {
  bool is_read = true;  // false: the library has such a function, and not the form that is known
  std::vector<CallSite> calls;
};

// Assembly that glibc and musl have alike: the arguments move down by two places, then syscall and ret. An offset in the code.
std::optional<std::size_t> cancellable_call(CodeView code);
bool leads_to_cancellable_call(const Lead& call, std::size_t moves);

// `code` begins at the address `start`.
CallSites find_shared_calls(std::uint64_t start, CodeView code);

}  // namespace recount
