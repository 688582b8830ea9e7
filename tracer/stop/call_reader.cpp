#include "tracer/stop/call_reader.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

#include "tracer/base/x86_64.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

class Reader {
 public:
  Reader(Tid tid, ProcessMemory& memory) : tid_(tid), memory_(memory) {}

  bool word(std::uint64_t address, std::uint64_t& value) {
    return memory_.read_word(tid_, Address{address}, value) == 0;
  }

  // struct sigaction of glibc and musl: the handler, a mask of 128 bytes, then the flags as an int.
  void library_action(std::uint64_t address, CallDetail& call) {
    constexpr std::uint64_t kMask = 8, kFlags = kMask + 128;
    call.has_new = address != 0 && word(address, call.handler) && word(address + kMask, call.mask) &&
                   word(address + kFlags, call.flags);
    call.flags &= 0xffffffff;
  }

  // The kernel's: the handler, the flags, the restorer, the mask.
  void kernel_action(std::uint64_t address, CallDetail& call) {
    constexpr std::uint64_t kFlags = 8, kMask = 24;
    call.has_new = address != 0 && word(address, call.handler) && word(address + kFlags, call.flags) &&
                   word(address + kMask, call.mask);
  }

  void set(std::uint64_t address, CallDetail& call) { call.has_new = address != 0 && word(address, call.mask); }

 private:
  Tid tid_;
  ProcessMemory& memory_;
};

// syscall(2): the number, then what the system call is given.
void by_number(arch::Registers& registers, Reader& reader, CallDetail& call) {
  call.number = static_cast<std::uint32_t>(arch::argument(registers, 1));
  if (call.number == SYS_rt_sigaction) reader.kernel_action(arch::argument(registers, 3), call);
  if (call.number == SYS_rt_sigprocmask) reader.set(arch::argument(registers, 3), call);
  if (call.has_new || call.number == SYS_clone) call.first = arch::argument(registers, 2);
}

}  // namespace

CallDetail read_call(Tid tid, WatchKind kind, ProcessMemory& memory) {
  CallDetail call;
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return call;
  Reader reader(tid, memory);
  switch (kind) {
    case WatchKind::loader:
    case WatchKind::write:
    case WatchKind::writev:
    case WatchKind::way_on:
    case WatchKind::way_jump:
    case WatchKind::way_both: break;  // no call is about to be made
    case WatchKind::sigaction:
      call.number = SYS_rt_sigaction;
      call.first = arch::argument(registers, 1);
      reader.library_action(arch::argument(registers, 2), call);
      break;
    case WatchKind::sigmask:
      call.number = SYS_rt_sigprocmask;
      call.first = arch::argument(registers, 1);
      reader.set(arch::argument(registers, 2), call);
      break;
    case WatchKind::sigreturn:
      call.number = SYS_rt_sigreturn;
      reader.word(arch::stack_pointer(registers) + arch::kMaskInFrame, call.mask);
      break;
    case WatchKind::clone:  // clone(function, stack, flags, ...)
      call.number = SYS_clone;
      call.first = arch::argument(registers, 3);
      break;
    case WatchKind::syscall: by_number(registers, reader, call); break;
  }
  return call;
}

}  // namespace recount
