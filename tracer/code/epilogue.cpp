#include "tracer/code/epilogue.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "tracer/code/decoded_code.hpp"

namespace recount {
namespace {

constexpr std::uint8_t kNop = 0x90;
constexpr std::array<std::uint8_t, 9> kLoadCanary{0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0};  // mov rax, fs:0x28
constexpr std::array<std::uint8_t, 6> kLoadCanaryOf32Bits{0x65, 0xa1, 0x14, 0, 0, 0};            // mov eax, gs:0x14

struct Instruction : DecodedCode {
  bool writes(ZydisRegister wanted) const {
    return operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER && operands[0].reg.value == wanted;
  }
  bool is_of_32_bits() const { return head.machine_mode == ZYDIS_MACHINE_MODE_LEGACY_32; }
  bool writes_one_of(std::initializer_list<ZydisRegister> names) const {
    return std::any_of(names.begin(), names.end(), [this](ZydisRegister name) { return writes(name); });
  }
  bool writes_what_the_caller_owns() const {  // or r10, which holds the old stack pointer of a realigned frame
    if (is_of_32_bits()) return writes_one_of({ZYDIS_REGISTER_EBX, ZYDIS_REGISTER_ESI, ZYDIS_REGISTER_EDI});
    return writes_one_of({ZYDIS_REGISTER_RBX, ZYDIS_REGISTER_R10, ZYDIS_REGISTER_R12, ZYDIS_REGISTER_R13,
                          ZYDIS_REGISTER_R14, ZYDIS_REGISTER_R15});
  }
  bool writes_stack_pointer() const { return writes_one_of({ZYDIS_REGISTER_RSP, ZYDIS_REGISTER_ESP}); }
  bool hands_a_result_over() const {
    if (operands[1].type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
    if (is_of_32_bits()) return writes_one_of({ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_EDX});
    return writes_one_of(
        {ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX, ZYDIS_REGISTER_RDX, ZYDIS_REGISTER_XMM0, ZYDIS_REGISTER_XMM1});
  }
  // What a C++ function returns in memory stands there already: its address goes back in rax.
  bool hands_an_address_over() const {
    const ZydisRegister result = is_of_32_bits() ? ZYDIS_REGISTER_EAX : ZYDIS_REGISTER_RAX;
    return head.mnemonic == ZYDIS_MNEMONIC_MOV && writes(result) && reads_the_frame();
  }
  bool reads_the_frame() const {
    if (!reads_memory()) return false;
    const ZydisRegister base = operands[1].mem.base;
    if (is_of_32_bits()) return base == ZYDIS_REGISTER_EBP || base == ZYDIS_REGISTER_ESP;
    return base == ZYDIS_REGISTER_RBP || base == ZYDIS_REGISTER_RSP;
  }
  bool reads_memory() const { return operands[1].type == ZYDIS_OPERAND_TYPE_MEMORY; }
  bool reads_the_canary() const {
    if (!reads_memory()) return false;
    const auto& m = operands[1].mem;
    if (is_of_32_bits()) return m.segment == ZYDIS_REGISTER_GS && m.disp.value == 0x14;
    return m.segment == ZYDIS_REGISTER_FS && m.disp.value == 0x28;
  }
};

// The four instructions of the check: load the copy, compare, jump over the call, call. Where rax was loaded, it may have
// been with a result instead.
enum class Canary { none, maybe_loaded, loaded, compared, branched };

bool restores(const Instruction& at) {
  switch (at.head.mnemonic) {
    case ZYDIS_MNEMONIC_POP:
    case ZYDIS_MNEMONIC_LEAVE: return true;
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_SUB:  // of -128, which is shorter than adding 128
    case ZYDIS_MNEMONIC_LEA: return at.writes_stack_pointer();
    case ZYDIS_MNEMONIC_MOV: return (at.writes_what_the_caller_owns() && at.reads_memory()) || at.hands_a_result_over();
    case ZYDIS_MNEMONIC_MOVD:
    case ZYDIS_MNEMONIC_MOVQ:
    case ZYDIS_MNEMONIC_MOVAPS:
    case ZYDIS_MNEMONIC_MOVAPD: return at.hands_a_result_over();
    default: return false;
  }
}

bool continues(const Instruction& at, Canary& canary) {
  const bool is_compare = at.reads_the_canary() && (canary == Canary::loaded || canary == Canary::maybe_loaded);
  if (canary == Canary::maybe_loaded && !is_compare) canary = Canary::none;
  if (canary == Canary::none && restores(at)) return true;
  if (canary == Canary::none && at.hands_an_address_over()) {
    canary = Canary::maybe_loaded;
  } else if (canary == Canary::none && at.head.mnemonic == ZYDIS_MNEMONIC_MOV && at.reads_memory()) {
    canary = Canary::loaded;
  } else if (is_compare) {
    canary = Canary::compared;
  } else if (canary == Canary::compared && at.head.mnemonic == ZYDIS_MNEMONIC_JZ) {
    canary = Canary::branched;
  } else if (canary == Canary::branched && at.head.mnemonic == ZYDIS_MNEMONIC_CALL) {
    canary = Canary::none;
  } else {
    return false;
  }
  return true;
}

}  // namespace

EpilogueReader::EpilogueReader(arch::Mode mode) : mode_(mode), decoder_(decoder_for(mode)) {}

bool EpilogueReader::is_epilogue(std::span<const std::uint8_t> code) const {
  Canary canary = Canary::none;
  Instruction at;
  while (ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, code.data(), code.size(), &at.head, at.operands.data()))) {
    if (at.head.mnemonic == ZYDIS_MNEMONIC_RET) return canary == Canary::none || canary == Canary::maybe_loaded;
    if (!continues(at, canary)) return false;
    code = code.subspan(at.head.length);
  }
  return false;
}

bool EpilogueReader::is_canary_setup(std::span<const std::uint8_t> code) const {
  const std::span<const std::uint8_t> load =
      mode_ == arch::Mode::bits32 ? std::span<const std::uint8_t>(kLoadCanaryOf32Bits) : kLoadCanary;
  return code.size() >= load.size() && std::equal(load.begin(), load.end(), code.begin());
}

std::size_t EpilogueReader::last_nop_before_epilogue(std::span<const std::uint8_t> code) const {
  std::size_t nops = 0;
  while (nops < code.size() && code[nops] == kNop) ++nops;
  return nops > 1 && is_epilogue(code.subspan(nops)) ? nops - 1 : 0;
}

}  // namespace recount
