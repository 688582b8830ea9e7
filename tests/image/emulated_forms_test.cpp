// Every form of instruction in the C and C++ libraries that can be done for a task: it is done, and also executed by the processor
// from the same registers and memory, in a child that is stepped; then all of them are compared. Likewise of the same bytes read as
// instructions of 32 bits.
#include <Zydis/Zydis.h>
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tracer/code/decoded_code.hpp"
#include "tracer/code/displaced_instruction.hpp"

namespace recount::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kPages = 16 * 4096;

// Memory that this process and its child have at the same address.
class SharedPages {
 public:
  SharedPages() {
    constexpr int kLow = MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT;
    void* const pages = ::mmap(nullptr, kPages, PROT_READ | PROT_WRITE | PROT_EXEC, kLow, -1, 0);
    REQUIRE(pages != MAP_FAILED);
    bytes_ = static_cast<std::uint8_t*>(pages);
  }
  ~SharedPages() { ::munmap(bytes_, kPages); }
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;
  std::uint8_t* bytes() const { return bytes_; }
  std::uint64_t at(std::size_t offset) const { return reinterpret_cast<std::uint64_t>(bytes_) + offset; }

 private:
  std::uint8_t* bytes_ = nullptr;
};

class SteppedChild {
 public:
  SteppedChild() : pid_(::fork()) {
    if (pid_ == 0) {
      ::ptrace(PTRACE_TRACEME, 0, 0, 0);
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    REQUIRE(WIFSTOPPED(status));
    ::ptrace(PTRACE_SETOPTIONS, pid_, 0, PTRACE_O_EXITKILL);
    ::ptrace(PTRACE_GETREGS, pid_, 0, &first_);
    first_.orig_rax = ~0ULL;
  }
  ~SteppedChild() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  SteppedChild(const SteppedChild&) = delete;
  SteppedChild& operator=(const SteppedChild&) = delete;
  const user_regs_struct& first() const { return first_; }
  // False if the instruction ended in anything but a step.
  bool step(user_regs_struct& registers) {
    ::ptrace(PTRACE_SETREGS, pid_, 0, &registers);
    ::ptrace(PTRACE_SINGLESTEP, pid_, 0, 0);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ::ptrace(PTRACE_GETREGS, pid_, 0, &registers);
    return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
  }

 private:
  pid_t pid_;
  user_regs_struct first_{};
};

struct Form {
  ZydisDecodedInstruction instruction{};
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands{};
  Bytes bytes;

  std::string name() const {
    std::string text = ZydisMnemonicGetString(instruction.mnemonic);
    for (std::size_t i = 0; i < instruction.operand_count_visible; ++i)
      text += " " + std::to_string(operands[i].type) + ":" + std::to_string(operands[i].size);
    return text;
  }
};

std::vector<std::span<const std::uint8_t>> loaded_code() {
  std::vector<std::span<const std::uint8_t>> code;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          const std::string name = info->dlpi_name;
          const bool is_library = name.find("libc.so") != name.npos || name.find("libstdc++") != name.npos;
          if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0 && is_library)
            static_cast<std::vector<std::span<const std::uint8_t>>*>(into)->emplace_back(
                reinterpret_cast<const std::uint8_t*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
        }
        return 0;
      },
      &code);
  return code;
}

// By linear sweep, some of each form.
std::map<std::string, std::vector<Form>> all_forms(arch::Mode mode) {
  constexpr std::size_t kOfEach = 12;
  std::map<std::string, std::vector<Form>> forms;
  const ZydisDecoder decoder = decoder_for(mode);
  for (auto code : loaded_code())
    while (!code.empty()) {
      Form form;
      const auto status =
          ZydisDecoderDecodeFull(&decoder, code.data(), code.size(), &form.instruction, form.operands.data());
      const std::size_t length = ZYAN_SUCCESS(status) ? form.instruction.length : 1;
      form.bytes.assign(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(length));
      code = code.subspan(length);
      if (!ZYAN_SUCCESS(status) || !can_be_done(form.bytes, mode)) continue;
      auto& of_its_name = forms[form.name()];
      if (of_its_name.size() < kOfEach) of_its_name.push_back(form);
    }
  return forms;
}

// What is not undefined behind it (SDM, volume 2).
std::uint64_t defined_flags(const Form& form, std::uint64_t count) {
  constexpr std::uint64_t kCarry = 0x1, kAdjust = 0x10, kOverflow = 0x800, kAll = 0x8d5;
  switch (form.instruction.mnemonic) {
    case ZYDIS_MNEMONIC_IMUL: return kCarry | kOverflow;
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR: return count == 1 ? kAll & ~kAdjust : count == 0 ? kAll : kAll & ~kAdjust & ~kOverflow;
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_XOR:
    case ZYDIS_MNEMONIC_TEST: return kAll & ~kAdjust;
    default: return kAll;
  }
}

class Trial {
 public:
  Trial(arch::Mode mode, std::uint64_t seed) : mode_(mode), random_(seed) {
    for (std::size_t i = 0; i < kPages; ++i) pages_.bytes()[i] = static_cast<std::uint8_t>(random_());
  }

  bool holds(const Form& form) {
    prepare(form);
    const Bytes before(pages_.bytes(), pages_.bytes() + kPages);
    user_regs_struct executed = registers_;
    if (!child_.step(executed)) return true;  // it faults: nothing to compare
    ++compared_;
    const Bytes by_processor(pages_.bytes(), pages_.bytes() + kPages);
    std::memcpy(pages_.bytes(), before.data(), kPages);
    user_regs_struct done = registers_;
    done.rip += 1;
    if (do_instruction(form.bytes, done, memory()) != 0) return false;
    const std::uint64_t undefined = 0x8d5 & ~defined_flags(form, count_of(form));
    executed.eflags &= ~(undefined | 0x100), done.eflags &= ~(undefined | 0x100);
    return std::memcmp(&executed, &done, sizeof done) == 0 &&
           Bytes(pages_.bytes(), pages_.bytes() + kPages) == by_processor;
  }
  std::string text() const { return text_; }
  std::size_t compared() const { return compared_; }
  // Whether the kernel lets a task go on in that mode.
  bool is_possible() {
    prepare({});
    pages_.bytes()[kCode] = 0x90;
    return child_.step(registers_);
  }

 private:
  static constexpr std::size_t kCode = 0x100, kData = 0x8000;

  std::uint64_t number() {
    switch (random_() % 4) {
      case 0: return random_() % 3;
      case 1: return std::uint64_t{1} << (random_() % 64);
      case 2: return ~(random_() % 3);
      default: return random_();
    }
  }

  // The pages are random at first; they keep what is written. Registers that lead to memory lead into the pages; a distance from the instruction does as well.
  void prepare(const Form& form) {
    registers_ = child_.first();
    const bool is_narrow = mode_ == arch::Mode::bits32;
    if (is_narrow) registers_.cs = 0x23, registers_.ds = registers_.es = registers_.ss = 0x2b;  // asm/segment.h
    for (auto* const reg : {&registers_.rax, &registers_.rbx, &registers_.rcx, &registers_.rdx, &registers_.rsi,
                            &registers_.rdi, &registers_.rbp, &registers_.r8, &registers_.r9, &registers_.r10,
                            &registers_.r11, &registers_.r12, &registers_.r13, &registers_.r14, &registers_.r15})
      *reg = arch::narrowed(number(), mode_);
    if (is_narrow)
      for (auto* const reg : {&registers_.r8, &registers_.r9, &registers_.r10, &registers_.r11, &registers_.r12,
                              &registers_.r13, &registers_.r14, &registers_.r15})
        *reg = 0;
    registers_.rsp = pages_.at(kData);
    registers_.rip = pages_.at(kCode);
    registers_.eflags = 0x202 | (random_() & 0x8d5);
    text_ = form.name();
    for (std::size_t i = 0; i < form.operands.size() && i < form.instruction.operand_count_visible; ++i)
      if (form.operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY) lead_into_pages(form.operands[i].mem);
    if (form.instruction.mnemonic == ZYDIS_MNEMONIC_LEAVE) registers_.rbp = pages_.at(kData + 64);
    std::copy(form.bytes.begin(), form.bytes.end(), pages_.bytes() + kCode);
  }
  void lead_into_pages(const auto& place) {
    const auto at = [this](ZydisRegister name) -> unsigned long long* {
      switch (ZydisRegisterGetId(name)) {
        case 0: return &registers_.rax;
        case 1: return &registers_.rcx;
        case 2: return &registers_.rdx;
        case 3: return &registers_.rbx;
        case 5: return &registers_.rbp;
        case 6: return &registers_.rsi;
        case 7: return &registers_.rdi;
        case 8: return &registers_.r8;
        case 9: return &registers_.r9;
        case 10: return &registers_.r10;
        case 11: return &registers_.r11;
        case 12: return &registers_.r12;
        case 13: return &registers_.r13;
        case 14: return &registers_.r14;
        case 15: return &registers_.r15;
        default: return nullptr;
      }
    };
    const auto distance = static_cast<std::uint64_t>(place.disp.value);
    if (place.index != ZYDIS_REGISTER_NONE && at(place.index) != nullptr) *at(place.index) = random_() % 32;
    if (place.base == ZYDIS_REGISTER_NONE || place.base == ZYDIS_REGISTER_RIP) return;
    if (ZydisRegisterGetId(place.base) == 4) return;  // rsp is there already
    if (auto* const base = at(place.base)) *base = arch::narrowed(pages_.at(kData + random_() % 64) - distance, mode_);
  }
  std::uint64_t count_of(const Form& form) const {
    const auto& by = form.operands[1];
    const std::uint64_t count = by.type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? by.imm.value.u : registers_.rcx;
    return count & (form.operands[0].size - 1U);
  }
  TaskMemory memory() const {
    const auto is_here = [this](std::uint64_t address, std::size_t size) {
      return address >= pages_.at(0) && address + size <= pages_.at(kPages);
    };
    return {[is_here](std::uint64_t address, std::span<std::uint8_t> bytes) {
              if (!is_here(address, bytes.size())) return EFAULT;
              std::memcpy(bytes.data(), reinterpret_cast<const void*>(address), bytes.size());
              return 0;
            },
            [is_here](std::uint64_t address, std::span<const std::uint8_t> bytes) {
              if (!is_here(address, bytes.size())) return EFAULT;
              std::memcpy(reinterpret_cast<void*>(address), bytes.data(), bytes.size());
              return 0;
            }};
  }

  arch::Mode mode_;
  SharedPages pages_;
  SteppedChild child_;
  std::size_t compared_ = 0;
  std::mt19937_64 random_;
  user_regs_struct registers_{};
  std::string text_;
};

TEST_CASE("each form of instruction is done as the processor does it", "[counts]") {
  const arch::Mode mode = GENERATE(arch::Mode::bits64, arch::Mode::bits32);
  CAPTURE(mode == arch::Mode::bits32);
  const auto forms = all_forms(mode);
  CHECK(forms.size() > 100);
  Trial trial(mode, 1);
  if (!trial.is_possible()) {
    WARN("skipped: this kernel runs no code of 32 bits");
    return;
  }
  std::set<std::string> wrong;
  for (const auto& [name, samples] : forms)
    for (const Form& form : samples) {
      const bool names_no_page = [&] {  // what stands at a fixed distance, or nowhere: another process's, as it were
        for (std::size_t i = 0; i < form.instruction.operand_count_visible; ++i)
          if (form.operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY && form.instruction.mnemonic != ZYDIS_MNEMONIC_LEA &&
              (form.operands[i].mem.base == ZYDIS_REGISTER_RIP || form.operands[i].mem.base == ZYDIS_REGISTER_NONE ||
               form.operands[i].mem.segment == ZYDIS_REGISTER_FS ||
               (ZydisRegisterGetId(form.operands[i].mem.base) == 4 && form.operands[i].mem.disp.value > 0x4000)))
            return true;
        return false;
      }();
      if (names_no_page) continue;
      for (int round = 0; round < 40; ++round)
        if (!trial.holds(form)) wrong.insert(name);
    }
  CHECK(wrong == std::set<std::string>());
  CHECK(trial.compared() > 1000);
}

}  // namespace
}  // namespace recount::test
