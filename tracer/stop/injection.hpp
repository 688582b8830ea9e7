// Makes a stopped task call rt_sigaction(2) for SIGTRAP, so that what an int3 took away can be set again, or shmat(2), or prctl(2), and
// puts everything back as it was afterwards.
//
//   read():   keeps registers, mask and a piece of stack; the call will write what is set now into that piece
//   write():  the call will set the same, with another handler, and with other flags if there are any
//   attach(): keeps them likewise; the call will attach shared memory at that place, `again` in the place of other shared memory
//   reveal(): the first call of three keeps registers and mask; nothing of its memory is read or written
//   restore(): registers, mask and, if it was kept, stack as they were
//
// Between them the task is resumed with PTRACE_SYSCALL, until the call is done. The mask keeps other signals out
// meanwhile. The instruction is the vDSO's (vdso(7)), which is the same file in each process: its offset is looked up in our own. A task
// of 32 bits has another vDSO, and makes the call of its own mode. Who hides its memory hides as well where its vDSO is, so that is noted
// before. A child at its first stop stands behind the instruction by which it was made (in the vDSO of 32 bits, int 0x80).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "schema/vocabulary/action.hpp"
#include "schema/vocabulary/ids.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

class Injection {
 public:
  explicit Injection(ProcessMemory& memory) : memory_(memory) {}

  // Each returns 0 or an errno. EPERM: the task is under seccomp(2), which may kill it for the call. ENOSYS: it has no vDSO, or is no new
  // child.
  int read(Tid tid);
  int write(Tid tid, std::uint64_t handler, std::uint64_t flags);
  int attach(Tid tid, int shared_memory, Address at, bool again);
  int reveal(Tid tid, Revealing call);
  int restore(Tid tid);
  // Of a task with a new memory; and of one whose memory is its parent's, or a copy of that.
  void note_program(Tid tid);
  void note_birth(Tid child, Tid parent);
  void forget(Tid tid);

 private:
  // What rt_sigaction takes: handler, flags, restorer and mask, the handler first. Of 32 bits the others are shorter.
  using KernelAction = std::array<std::uint8_t, 32>;
  struct Saved {
    arch::Registers registers{};
    std::uint64_t mask = 0;
    std::optional<KernelAction> stack{};
    std::uint64_t instruction = 0;
  };
  int save(Tid tid);
  int save_child(Tid tid);
  int keep(Tid tid, Saved& saved);
  int find_instruction(Tid tid, Saved& saved);
  struct Call {
    std::uint64_t number, number_of_32_bits;
    std::array<std::uint64_t, 4> arguments;
  };
  static int set_call(Tid tid, const Saved& saved, const Call& call);
  int call(Tid tid, const Saved& saved, std::uint64_t to_set, std::uint64_t to_read);

  ProcessMemory& memory_;
  std::map<Tid, Saved> saved_;
  std::map<Tid, std::uint64_t> vdsos_;
};

}  // namespace recount
