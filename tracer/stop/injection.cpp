#include "tracer/stop/injection.hpp"

#include <elf.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

#include "tracer/process/proc_status.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kVdsoMax = 4096;
constexpr std::uint64_t kRestorer = 0x04000000;  // SA_RESTORER, <asm/signal.h>

// Where in the vDSO an instruction `syscall` stands. The vDSO is one or two pages and has several.
std::optional<std::uint64_t> offset_of_syscall() {
  const auto* const vdso = reinterpret_cast<const std::uint8_t*>(::getauxval(AT_SYSINFO_EHDR));
  if (vdso == nullptr) return std::nullopt;
  const auto* const found =
      std::search(vdso, vdso + kVdsoMax, arch::kCallInstruction.begin(), arch::kCallInstruction.end());
  if (found == vdso + kVdsoMax) return std::nullopt;
  return static_cast<std::uint64_t>(found - vdso);
}

std::uint64_t place_of(const arch::Registers& registers) {
  return (arch::stack_pointer(registers) - arch::kRedZone - 64) & ~std::uint64_t{15};
}

}  // namespace

int Injection::read(Tid tid) {
  if (const int error = save(tid)) return error;
  const Saved& saved = saved_.at(tid);
  return call(tid, saved, 0, place_of(saved.registers));
}

int Injection::attach(Tid tid, int shared_memory, Address at, bool again) {
  if (const int error = save(tid)) return error;
  const Saved& saved = saved_.at(tid);
  const auto flags = static_cast<std::uint64_t>(SHM_EXEC | (again ? SHM_REMAP : 0));
  auto registers = arch::at_call(saved.registers, saved.instruction, SYS_shmat,
                                 {static_cast<std::uint64_t>(shared_memory), raw(at), flags, 0});
  arch::leave_call(registers);
  return ptrace_request(PTRACE_SETREGS, tid, 0, &registers);
}

int Injection::reveal(Tid tid, Revealing call) {
  if (call == Revealing::asks)
    if (const int error = save_child(tid)) return error;
  const bool asks = call == Revealing::asks, shows = call == Revealing::shows;
  const std::uint64_t option = asks ? PR_GET_DUMPABLE : PR_SET_DUMPABLE;
  return set_call(tid, saved_.at(tid), {SYS_prctl, arch::kPrctlOf32Bits, {option, shows ? 1U : 0U, 0, 0}});
}

int Injection::save(Tid tid) {
  Saved saved;
  if (const int error = ptrace_request(PTRACE_GETREGS, tid, 0, &saved.registers)) return error;
  if (is_under_seccomp(tid)) return EPERM;
  if (const int error = find_instruction(tid, saved)) return error;
  KernelAction stack{};
  if (const int error = memory_.read(tid, Address{place_of(saved.registers)}, stack)) return error;
  saved.stack = stack;
  return keep(tid, saved);
}

int Injection::save_child(Tid tid) {
  Saved saved;
  if (const int error = ptrace_request(PTRACE_GETREGS, tid, 0, &saved.registers)) return error;
  if (is_under_seccomp(tid)) return EPERM;
  if (static_cast<std::int64_t>(saved.registers.orig_rax) < 0) return ENOSYS;
  static_assert(arch::kCallInstruction.size() == arch::kCallInstructionOf32Bits.size());
  saved.instruction = arch::pc(saved.registers) - arch::kCallInstruction.size();
  return keep(tid, saved);
}

int Injection::keep(Tid tid, Saved& saved) {
  if (const int error = ptrace_request(PTRACE_GETSIGMASK, tid, sizeof saved.mask, &saved.mask)) return error;
  std::uint64_t all = ~std::uint64_t{0};
  if (const int error = ptrace_request(PTRACE_SETSIGMASK, tid, sizeof all, &all)) return error;
  saved_[tid] = saved;
  return 0;
}

int Injection::find_instruction(Tid tid, Saved& saved) {
  if (!vdsos_.contains(tid)) note_program(tid);  // nobody has told of its birth
  const auto noted = vdsos_.find(tid);
  if (noted == vdsos_.end()) return ENOSYS;
  const std::uint64_t vdso = noted->second;
  if (arch::mode_of(saved.registers) == arch::Mode::bits64) {
    static const std::optional<std::uint64_t> offset = offset_of_syscall();
    saved.instruction = vdso + offset.value_or(0);
    return offset ? 0 : ENOSYS;
  }
  if (vdso != arch::narrowed(vdso, arch::Mode::bits32)) return ENOSYS;  // code of 32 bits in a process of 64 bits
  std::array<std::uint8_t, kVdsoMax> bytes{};
  if (const int error = memory_.read(tid, Address{vdso}, bytes)) return error;
  const auto& call = arch::kCallInstructionOf32Bits;
  const auto* const found = std::search(bytes.begin(), bytes.end(), call.begin(), call.end());
  saved.instruction = vdso + static_cast<std::uint64_t>(found - bytes.begin());
  return found != bytes.end() ? 0 : ENOSYS;
}

void Injection::note_program(Tid tid) {
  vdsos_.erase(tid);
  if (const auto vdso = auxiliary_value(tid, AT_SYSINFO_EHDR)) vdsos_[tid] = *vdso;
}

void Injection::note_birth(Tid child, Tid parent) {
  vdsos_.erase(child);
  if (const auto noted = vdsos_.find(parent); noted != vdsos_.end()) vdsos_[child] = noted->second;
}

void Injection::forget(Tid tid) {
  saved_.erase(tid);
  vdsos_.erase(tid);
}

// Whether there is a restorer is the C library's to say, behind the program's back.
int Injection::write(Tid tid, std::uint64_t handler, std::uint64_t flags) {
  const Saved& saved = saved_.at(tid);
  const std::uint64_t place = place_of(saved.registers);
  KernelAction action{};
  if (const int error = memory_.read(tid, Address{place}, action)) return error;
  const std::size_t word = arch::word_size(arch::mode_of(saved.registers));
  std::memcpy(action.data(), &handler, word);
  std::uint64_t were = 0;
  std::memcpy(&were, action.data() + word, word);
  const std::uint64_t are = (flags & ~kRestorer) | (were & kRestorer);
  if (flags != 0) std::memcpy(action.data() + word, &are, word);
  if (const int error = memory_.write(tid, Address{place}, action)) return error;
  return call(tid, saved, place, 0);
}

int Injection::call(Tid tid, const Saved& saved, std::uint64_t to_set, std::uint64_t to_read) {
  return set_call(tid, saved,
                  {SYS_rt_sigaction, arch::kRtSigactionOf32Bits, {SIGTRAP, to_set, to_read, sizeof saved.mask}});
}

int Injection::set_call(Tid tid, const Saved& saved, const Call& call) {
  const bool is_narrow = arch::mode_of(saved.registers) == arch::Mode::bits32;
  auto registers =
      is_narrow ? arch::at_call_of_32_bits(saved.registers, saved.instruction, call.number_of_32_bits, call.arguments)
                : arch::at_call(saved.registers, saved.instruction, call.number, call.arguments);
  arch::leave_call(registers);
  return ptrace_request(PTRACE_SETREGS, tid, 0, &registers);
}

int Injection::restore(Tid tid) {
  Saved saved = saved_.at(tid);
  saved_.erase(tid);
  if (saved.stack)
    if (const int error = memory_.write(tid, Address{place_of(saved.registers)}, *saved.stack)) return error;
  arch::leave_call(saved.registers);
  if (const int error = ptrace_request(PTRACE_SETREGS, tid, 0, &saved.registers)) return error;
  return ptrace_request(PTRACE_SETSIGMASK, tid, sizeof saved.mask, &saved.mask);
}

}  // namespace recount
