// Makes a stopped task call rt_sigaction(2) for SIGTRAP, so that what an int3 took away can be set again, or shmat(2), and puts
// everything back as it was afterwards.
//
//   read():   keeps registers, mask and a piece of stack; the call will write what is set now into that piece
//   write():  the call will set the same, with another handler, and with other flags if there are any
//   attach(): keeps them likewise; the call will attach shared memory at that place, `again` in the place of other shared memory
//   restore(): registers, mask and stack as they were
//
// Between them the task is resumed with PTRACE_SYSCALL, until the call is done. The mask keeps other signals out
// meanwhile. The instruction is the vDSO's (vdso(7)), which is the same file in each process: its offset is looked up in our own. A task
// of 32 bits has another vDSO, and makes the call of its own mode.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "schema/vocabulary/ids.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

class Injection {
 public:
  explicit Injection(ProcessMemory& memory) : memory_(memory) {}

  // Each returns 0 or an errno. EPERM: the task is under seccomp(2), which may kill it for the call. ENOSYS: it has no vDSO.
  int read(Tid tid);
  int write(Tid tid, std::uint64_t handler, std::uint64_t flags);
  int attach(Tid tid, int shared_memory, Address at, bool again);
  int restore(Tid tid);
  void forget(Tid tid) { saved_.erase(tid); }

 private:
  // What rt_sigaction takes: handler, flags, restorer and mask, the handler first. Of 32 bits the others are shorter.
  using KernelAction = std::array<std::uint8_t, 32>;
  struct Saved {
    arch::Registers registers{};
    std::uint64_t mask = 0;
    KernelAction stack{};
    std::uint64_t instruction = 0;
  };
  int save(Tid tid);
  int find_instruction(Tid tid, Saved& saved);
  int call(Tid tid, const Saved& saved, std::uint64_t to_set, std::uint64_t to_read);

  ProcessMemory& memory_;
  std::map<Tid, Saved> saved_;
};

}  // namespace recount
