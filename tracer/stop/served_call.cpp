#include "tracer/stop/served_call.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "tracer/base/x86_64.hpp"
#include "tracer/process/proc_status.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

template <typename T>
std::span<std::uint8_t> bytes_of(T& value) {
  return {reinterpret_cast<std::uint8_t*>(&value), sizeof value};
}

class Server {
 public:
  Server(Tid tid, Tid target, const arch::Registers& caller, ProcessMemory& memory)
      : tid_(tid), target_(target), caller_(caller), memory_(memory) {}

  // 0, a number, or an errno with its sign reversed.
  std::int64_t result() {
    if (caller_.orig_rax == SYS_wait4) return waited();
    switch (caller_.rdi) {
      case PTRACE_GETREGS: return -registers();
      case PTRACE_GETREGSET: return -register_set();
      default: return 0;  // it was attached to, or detached from: the machine has done that
    }
  }

 private:
  int tell(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    return memory_.write(tid_, Address{address}, bytes) == 0 ? 0 : EFAULT;
  }

  // It has stopped for the SIGSTOP that PTRACE_ATTACH sends.
  std::int64_t waited() {
    std::int32_t status = SIGSTOP << 8 | 0x7f;
    const int error = caller_.rsi == 0 ? 0 : tell(caller_.rsi, bytes_of(status));
    return error == 0 ? raw(target_) : -error;
  }

  int registers() {
    arch::Registers of_target{};
    const int error = ptrace_request(PTRACE_GETREGS, target_, 0, &of_target);
    return error != 0 ? error : tell(caller_.r10, bytes_of(of_target));
  }

  int register_set() {
    iovec asked{};
    if (memory_.read(tid_, Address{caller_.r10}, bytes_of(asked)) != 0) return EFAULT;
    std::array<std::uint8_t, 16384> bytes{};  // AVX-512 and AMX take 11 KB
    iovec ours{bytes.data(), std::min(asked.iov_len, bytes.size())};
    if (const int error = ptrace_request(PTRACE_GETREGSET, target_, caller_.rdx, &ours)) return error;
    const auto place = reinterpret_cast<std::uint64_t>(asked.iov_base);
    if (const int error = tell(place, std::span(bytes).first(ours.iov_len))) return error;
    asked.iov_len = ours.iov_len;
    return tell(caller_.r10, bytes_of(asked));
  }

  Tid tid_, target_;
  const arch::Registers& caller_;
  ProcessMemory& memory_;
};

}  // namespace

CallDetail served_call(Tid tid) {
  CallDetail call;
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return call;
  if (registers.orig_rax == SYS_ptrace) {
    call.number = SYS_ptrace;
    call.first = static_cast<std::uint32_t>(registers.rdi);
    call.flags = static_cast<std::uint32_t>(registers.rsi);
    const Tid target{static_cast<std::int32_t>(registers.rsi)};
    if (call.first == PTRACE_ATTACH && has_ended(target)) call.flags = 0;
  } else if (registers.orig_rax == SYS_wait4) {
    call.number = SYS_wait4;
    call.flags = static_cast<std::uint32_t>(registers.rdi);
  }
  if (is_in_other_pids(tid)) call.flags = 0;
  return call;
}

int serve(Tid tid, Tid target, ProcessMemory& memory) {
  arch::Registers registers{};
  if (const int error = ptrace_request(PTRACE_GETREGS, tid, 0, &registers)) return error;
  registers.rax = static_cast<std::uint64_t>(Server(tid, target, registers, memory).result());
  arch::leave_call(registers);
  return ptrace_request(PTRACE_SETREGS, tid, 0, &registers);
}

}  // namespace recount
