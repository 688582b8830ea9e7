#include "tracer/stop/call_reader.hpp"

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

#include "tracer/process/proc_status.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

struct ActionPlaces {  // offsets of what is told
  std::uint64_t flags, mask;
};
// struct sigaction of glibc and musl: the handler, a mask of 128 bytes, then the flags as an int.
constexpr ActionPlaces library_action(std::uint64_t word) { return {word + 128, word}; }
// The kernel's: the handler, the flags, the restorer, the mask.
constexpr ActionPlaces kernel_action(std::uint64_t word) { return {word, 3 * word}; }

class Reader {
 public:
  Reader(Tid tid, const arch::Registers& registers, ProcessMemory& memory)
      : tid_(tid), registers_(registers), memory_(memory), is_narrow_(arch::mode_of(registers) == arch::Mode::bits32) {}

  std::uint64_t argument(int n) {
    std::uint64_t value = 0;
    if (!is_narrow_) return arch::argument(registers_, n);
    narrow_word(place_of_argument(n), value);
    return value;
  }
  int set_argument(int n, std::uint64_t value) {
    if (is_narrow_) return memory_.write(tid_, Address{place_of_argument(n)}, bytes_of(value).first(kNarrow));
    arch::argument(registers_, n) = value;
    return ptrace_request(PTRACE_SETREGS, tid_, 0, &registers_);
  }

  bool word(std::uint64_t address, std::uint64_t& value) {
    return memory_.read_word(tid_, Address{address}, value) == 0;
  }
  bool is_in_other_pids() const { return recount::is_in_other_pids(tid_); }
  std::uint64_t stack_pointer() const { return arch::stack_pointer(registers_); }
  std::uint64_t word_size() const { return is_narrow_ ? kNarrow : sizeof(std::uint64_t); }

  void action(std::uint64_t address, ActionPlaces places, CallDetail& call) {
    const auto pointer = [this](std::uint64_t from, std::uint64_t& value) {
      return is_narrow_ ? narrow_word(from, value) : word(from, value);
    };
    call.has_new = address != 0 && pointer(address, call.handler) && set(address + places.mask, call) &&
                   narrow_word(address + places.flags, call.flags);
  }
  // Of 32 bits there are two kinds of frames, each with an instruction of its own to return by (vdso_image.hpp). That of a handler without
  // SA_SIGINFO has the first 32 signals apart from the others.
  void mask_in_frame(CallDetail& call) {
    if (!is_narrow_) return static_cast<void>(word(stack_pointer() + arch::kMaskInFrame, call.mask));
    constexpr std::uint8_t kRtSigreturnNumber = 173;
    std::uint8_t behind_int3 = 0;
    if (memory_.read(tid_, Address{arch::pc(registers_)}, bytes_of(behind_int3)) != 0) return;
    if (behind_int3 == kRtSigreturnNumber)
      word(stack_pointer() + arch::kMaskInRtFrameOf32Bits, call.mask);
    else
      narrow_word(stack_pointer() + arch::kMaskInFrameOf32Bits, call.mask);
  }

  bool set(std::uint64_t address, CallDetail& call) {
    call.has_new = address != 0 && word(address, call.mask);
    return call.has_new;
  }

  // By the number of x86-64; another of 32 bits is none that is looked at.
  std::uint32_t number(std::uint64_t number) const {
    if (!is_narrow_) return static_cast<std::uint32_t>(number);
    switch (number) {
      case arch::kRtSigactionOf32Bits: return SYS_rt_sigaction;
      case arch::kRtSigprocmaskOf32Bits: return SYS_rt_sigprocmask;
      case arch::kCloneOf32Bits: return SYS_clone;
      case arch::kPtraceOf32Bits: return SYS_ptrace;
      default: return 0;
    }
  }

 private:
  static constexpr std::size_t kNarrow = 4;
  template <typename T>
  static std::span<std::uint8_t> bytes_of(T& value) {
    return {reinterpret_cast<std::uint8_t*>(&value), sizeof value};
  }
  // Above the return address.
  std::uint64_t place_of_argument(int n) const { return stack_pointer() + kNarrow * static_cast<unsigned>(n); }
  bool narrow_word(std::uint64_t address, std::uint64_t& value) {
    value = 0;
    return memory_.read(tid_, Address{address}, bytes_of(value).first(kNarrow)) == 0;
  }

  Tid tid_;
  arch::Registers registers_;
  ProcessMemory& memory_;
  bool is_narrow_;
};

// ptrace(2): the request, then the task, by its number in the caller's pid namespace: another than the recorder's tells nothing.
void tracing(Reader& reader, int first, CallDetail& call) {
  call.number = SYS_ptrace;
  call.first = static_cast<std::uint32_t>(reader.argument(first));
  call.flags = reader.is_in_other_pids() ? 0 : static_cast<std::uint32_t>(reader.argument(first + 1));
}

// syscall(2): the number, then what the system call is given.
void by_number(Reader& reader, CallDetail& call) {
  call.number = reader.number(reader.argument(1));
  if (call.number == SYS_rt_sigaction) reader.action(reader.argument(3), kernel_action(reader.word_size()), call);
  if (call.number == SYS_rt_sigprocmask) reader.set(reader.argument(3), call);
  if (call.has_new || call.number == SYS_clone) call.first = reader.argument(2);
  if (call.number == SYS_ptrace) tracing(reader, 2, call);
}

// clone(function, stack, flags, ...); syscall(number, flags, ...).
int argument_of_flags(WatchKind kind) { return kind == WatchKind::syscall ? 2 : 3; }

}  // namespace

CallDetail read_call(Tid tid, WatchKind kind, ProcessMemory& memory) {
  CallDetail call;
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return call;
  Reader reader(tid, registers, memory);
  switch (kind) {
    case WatchKind::loader:
    case WatchKind::write:
    case WatchKind::writev:
    case WatchKind::way_on:
    case WatchKind::way_jump:
    case WatchKind::way_both: break;  // no call is about to be made
    case WatchKind::sigaction:
      call.number = SYS_rt_sigaction;
      call.first = reader.argument(1);
      reader.action(reader.argument(2), library_action(reader.word_size()), call);
      break;
    case WatchKind::sigaction_block:
    case WatchKind::sigaction_clear:
      call.number = SYS_rt_sigaction;
      call.first = reader.argument(1);
      reader.action(reader.argument(2), kernel_action(reader.word_size()), call);
      break;
    case WatchKind::sigmask:
    case WatchKind::sigmask_block:
    case WatchKind::sigmask_clear:
      call.number = SYS_rt_sigprocmask;
      call.first = reader.argument(1);
      reader.set(reader.argument(2), call);
      break;
    case WatchKind::sigreturn:
      call.number = SYS_rt_sigreturn;
      reader.mask_in_frame(call);
      break;
    case WatchKind::ptrace: tracing(reader, 1, call); break;
    case WatchKind::leaks:
    case WatchKind::clone:
      call.number = SYS_clone;
      call.first = reader.argument(argument_of_flags(kind));
      break;
    case WatchKind::syscall: by_number(reader, call); break;
  }
  return call;
}

MemorySharing sharing_by_call(Tid parent, ProcessMemory& memory) {
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, parent, 0, &registers) != 0) return MemorySharing::unknown;
  const bool is_narrow = arch::mode_of(registers) == arch::Mode::bits32;
  std::uint64_t flags = 0;  // what begins a struct clone_args as well
  switch (registers.orig_rax) {
    case SYS_fork:
    case arch::kForkOf32Bits: return MemorySharing::copied;
    case SYS_vfork:
    case arch::kVforkOf32Bits: return MemorySharing::shared;
    case SYS_clone: flags = registers.rdi; break;
    case arch::kCloneOf32Bits: flags = registers.rbx; break;
    case SYS_clone3:
      if (memory.read_word(parent, Address{is_narrow ? registers.rbx : registers.rdi}, flags) != 0)
        return MemorySharing::unknown;
      break;
    default: return MemorySharing::unknown;
  }
  return (flags & CLONE_VM) != 0 ? MemorySharing::shared : MemorySharing::copied;
}

int trace_child(Tid tid, WatchKind kind, ProcessMemory& memory) {
  arch::Registers registers{};
  if (const int error = ptrace_request(PTRACE_GETREGS, tid, 0, &registers)) return error;
  Reader reader(tid, registers, memory);
  const int flags = argument_of_flags(kind);
  return reader.set_argument(flags, reader.argument(flags) & ~std::uint64_t{CLONE_UNTRACED});
}

}  // namespace recount
