// What the machine knows of an instruction set and of its kernel's numbers: one for each `arch` that a log may have.
//
// The recorder's is that of the machine it runs on; a replay takes the one that the log names (trace_run.arch), whatever machine
// it runs on itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace recount {

struct Architecture {
  std::string_view name;      // as uname -m says it
  std::int32_t trap_code;     // si_code of the SIGTRAP of a breakpoint instruction that was executed
  std::uint64_t trap_length;  // by how many bytes the pc is behind such an instruction when its trap is reported
  std::uint64_t call_length;  // of the instruction that makes a system call
  // System calls by their numbers.
  std::uint32_t rt_sigaction, rt_sigprocmask, rt_sigreturn, clone, wait4, ptrace;
};

// int3 is 0xcc and syscall 0x0f 0x05; the numbers are those of arch/x86/entry/syscalls/syscall_64.tbl (Linux 6.18).
inline constexpr Architecture kX86_64{.name = "x86_64",
                                      .trap_code = 0x80,
                                      .trap_length = 1,
                                      .call_length = 2,
                                      .rt_sigaction = 13,
                                      .rt_sigprocmask = 14,
                                      .rt_sigreturn = 15,
                                      .clone = 56,
                                      .wait4 = 61,
                                      .ptrace = 101};

// Null: this version does not know it.
constexpr const Architecture* architecture_named(std::string_view name) noexcept {
  return name == kX86_64.name ? &kX86_64 : nullptr;
}

}  // namespace recount
