// What the recorder knows of the machine that it runs on: registers, the calling conventions, where the kernel and the C library
// keep what. Decoding of instructions is in tracer/code; what the machine has to know is in schema/machine/architecture.hpp.
//
// From the System V ABI for x86-64 (3.2, and A.2 of the Linux kernel's conventions), ptrace(2) and <sys/user.h>.
#pragma once

#include <elf.h>
#include <sys/user.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace recount::arch {

inline constexpr std::string_view kName = "x86-64";
inline constexpr std::uint16_t kElfMachine = EM_X86_64;
inline constexpr std::uint8_t kInt3 = 0xcc;

using Registers = user_regs_struct;  // PTRACE_GETREGS, PTRACE_SETREGS

// What instructions are, and how wide the words are that they work with. Programs of 32 bits (System V ABI for i386) run on the same
// kernel; a tracer of 64 bits sees their registers in the same struct, with nothing in the upper halves.
enum class Mode : std::uint8_t { bits64, bits32 };

inline constexpr std::size_t word_size(Mode mode) { return mode == Mode::bits32 ? 4 : 8; }
inline constexpr unsigned address_bits(Mode mode) { return mode == Mode::bits32 ? 32 : 64; }
inline constexpr std::uint64_t narrowed(std::uint64_t value, Mode mode) {
  return mode == Mode::bits32 ? value & 0xffffffff : value;
}
// By the code segment: __USER32_CS (arch/x86/include/asm/segment.h, Linux 6.18).
inline constexpr Mode mode_of(const Registers& registers) {
  constexpr std::uint64_t kUser32 = 0x23;
  return registers.cs == kUser32 ? Mode::bits32 : Mode::bits64;
}
// Of a file, by e_machine and EI_CLASS; nothing: it does not run here, or is of the x32 ABI.
inline constexpr std::optional<Mode> mode_of(std::uint16_t elf_machine, unsigned char elf_class) {
  if (elf_machine == EM_X86_64 && elf_class == ELFCLASS64) return Mode::bits64;
  if (elf_machine == EM_386 && elf_class == ELFCLASS32) return Mode::bits32;
  return std::nullopt;
}
// Of one that has a mode.
inline constexpr Mode mode_of(std::uint16_t elf_machine) { return elf_machine == EM_386 ? Mode::bits32 : Mode::bits64; }

// Of PTRACE_PEEKUSER and PTRACE_POKEUSER.
inline constexpr std::size_t kPc = offsetof(user, regs) + offsetof(Registers, rip);
inline constexpr std::size_t kResult = offsetof(user, regs) + offsetof(Registers, rax);     // of a system call
inline constexpr std::size_t kCall = offsetof(user, regs) + offsetof(Registers, orig_rax);  // its number; -1: in none

// The n-th argument, from 1, of a function whose first instruction has not run. Of 32 bits they stand on the stack.
inline unsigned long long& argument(Registers& registers, int n) {
  switch (n) {
    case 1: return registers.rdi;
    case 2: return registers.rsi;
    case 3: return registers.rdx;
    default: return registers.rcx;
  }
}
// Of a system call that has returned: its arguments are where they were.
inline std::int64_t result(const Registers& registers) { return static_cast<std::int64_t>(registers.rax); }
inline std::uint64_t pc(const Registers& registers) { return registers.rip; }
inline void set_pc(Registers& registers, std::uint64_t pc) { registers.rip = pc; }
inline std::uint64_t stack_pointer(const Registers& registers) { return registers.rsp; }
inline constexpr std::uint64_t kRedZone = 128;  // below the stack pointer it is the task's own

// The instruction that makes a system call, and a task that stands at it, about to make one with these arguments.
inline constexpr std::array<std::uint8_t, 2> kCallInstruction{0x0f, 0x05};
inline Registers at_call(Registers registers, std::uint64_t instruction, std::uint64_t number,
                         const std::array<std::uint64_t, 4>& arguments) {
  constexpr std::uint64_t kTrapFlag = 0x100;
  registers.rip = instruction;
  registers.rax = number;
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.eflags &= ~kTrapFlag;
  return registers;
}
// Likewise of 32 bits: int 0x80, and the numbers of arch/x86/entry/syscalls/syscall_32.tbl.
inline constexpr std::array<std::uint8_t, 2> kCallInstructionOf32Bits{0xcd, 0x80};
inline constexpr std::uint64_t kRtSigactionOf32Bits = 174, kRtSigprocmaskOf32Bits = 175, kCloneOf32Bits = 120,
                               kPtraceOf32Bits = 26, kPrctlOf32Bits = 172, kForkOf32Bits = 2, kVforkOf32Bits = 190;
inline Registers at_call_of_32_bits(Registers registers, std::uint64_t instruction, std::uint64_t number,
                                    const std::array<std::uint64_t, 4>& arguments) {
  registers = at_call(registers, instruction, number, arguments);
  registers.rbx = arguments[0];
  registers.rcx = arguments[1];
  registers.rdx = arguments[2];
  registers.rsi = arguments[3];
  return registers;
}
// The system call that a task waited in when a stop broke it off, and what it had been given.
struct BrokenOffCall {
  Mode mode{};  // whose numbers
  std::int64_t number = 0;
  std::array<std::uint64_t, 6> arguments{};
};
// The results by which the kernel marks what is to be restarted (ERESTARTSYS to ERESTART_RESTARTBLOCK, include/linux/errno.h), or EINTR.
inline std::optional<BrokenOffCall> broken_off_call(const Registers& r) {
  constexpr std::int64_t kEintr = 4, kRestartsFirst = 512, kRestartsLast = 516;
  const auto number = static_cast<std::int64_t>(r.orig_rax);
  const std::int64_t error = -result(r);
  const bool broken_off = error == kEintr || (error >= kRestartsFirst && error <= kRestartsLast);
  if (number < 0 || !broken_off) return std::nullopt;
  if (mode_of(r) == Mode::bits32)
    return BrokenOffCall{Mode::bits32, number, {r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rbp}};
  return BrokenOffCall{Mode::bits64, number, {r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9}};
}
// It is in no system call that could be restarted.
inline void leave_call(Registers& registers) { registers.orig_rax = ~std::uint64_t{0}; }

// uc_sigmask in the frame that rt_sigreturn finds at the stack pointer.
inline constexpr std::uint64_t kMaskInFrame = 0x128;
// Likewise of 32 bits, and sc.oldmask in that of sigreturn (asm/sigframe.h, Linux 6.18), from behind the address that is returned to.
inline constexpr std::uint64_t kMaskInRtFrameOf32Bits = 0xf8, kMaskInFrameOf32Bits = 0x54;

// As debuggers name them.
inline std::vector<std::pair<const char*, std::uint64_t>> named(const Registers& r) {
  if (mode_of(r) == Mode::bits32)
    return {{"eip", r.rip},
            {"esp", r.rsp},
            {"ebp", r.rbp},
            {"eax", narrowed(r.rax, Mode::bits32)},
            {"ebx", r.rbx},
            {"ecx", r.rcx},
            {"edx", r.rdx},
            {"esi", r.rsi},
            {"edi", r.rdi},
            {"eflags", r.eflags},
            {"orig_eax", narrowed(r.orig_rax, Mode::bits32)},
            {"gs_base", r.gs_base}};
  return {{"rip", r.rip},        {"rsp", r.rsp}, {"rbp", r.rbp},       {"rax", r.rax},           {"rbx", r.rbx},
          {"rcx", r.rcx},        {"rdx", r.rdx}, {"rsi", r.rsi},       {"rdi", r.rdi},           {"r8", r.r8},
          {"r9", r.r9},          {"r10", r.r10}, {"r11", r.r11},       {"r12", r.r12},           {"r13", r.r13},
          {"r14", r.r14},        {"r15", r.r15}, {"eflags", r.eflags}, {"orig_rax", r.orig_rax}, {"fs_base", r.fs_base},
          {"gs_base", r.gs_base}};
}

// By the numbers of DWARF (figure 3.36; for i386 table 2.14), the pc last.
inline std::vector<std::uint64_t> by_dwarf(const Registers& r) {
  if (mode_of(r) == Mode::bits32)
    return {narrowed(r.rax, Mode::bits32), r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi, r.rip};
  return {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8,
          r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip};
}

// Where a dynamic linker looks that is told of no other place: ld.so(8), and musl's without its configuration.
inline constexpr std::array<const char*, 6> kLibraryFolders{
    "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/"};
inline constexpr std::array<const char*, 6> kLibraryFoldersOf32Bits{
    "/lib/i386-linux-gnu/", "/usr/lib/i386-linux-gnu/", "/lib32/", "/usr/lib32/", "/lib/", "/usr/lib/"};
inline const std::array<const char*, 6>& library_folders(Mode mode) {
  return mode == Mode::bits32 ? kLibraryFoldersOf32Bits : kLibraryFolders;
}

}  // namespace recount::arch
