#include "tracer/code/epilogue.hpp"

#include <algorithm>
#include <array>

#include "tracer/code/decoded_code.hpp"

namespace recount {
namespace {

constexpr std::uint8_t kNop = 0x90;
constexpr std::array<std::uint8_t, 9> kLoadCanary{0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0};  // mov rax, fs:0x28

struct Instruction : DecodedCode {
  bool writes(ZydisRegister wanted) const {
    return operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER && operands[0].reg.value == wanted;
  }
  bool writes_what_the_caller_owns() const {  // or r10, which holds the old stack pointer of a realigned frame
    for (const ZydisRegister kept : {ZYDIS_REGISTER_RBX, ZYDIS_REGISTER_R10, ZYDIS_REGISTER_R12, ZYDIS_REGISTER_R13,
                                     ZYDIS_REGISTER_R14, ZYDIS_REGISTER_R15})
      if (writes(kept)) return true;
    return false;
  }
  bool hands_a_result_over() const {
    if (operands[1].type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
    for (const ZydisRegister result :
         {ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_RAX, ZYDIS_REGISTER_RDX, ZYDIS_REGISTER_XMM0, ZYDIS_REGISTER_XMM1})
      if (writes(result)) return true;
    return false;
  }
  // What a C++ function returns in memory stands there already: its address goes back in rax.
  bool hands_an_address_over() const {
    return head.mnemonic == ZYDIS_MNEMONIC_MOV && writes(ZYDIS_REGISTER_RAX) && reads_the_frame();
  }
  bool reads_the_frame() const {
    return reads_memory() && (operands[1].mem.base == ZYDIS_REGISTER_RBP || operands[1].mem.base == ZYDIS_REGISTER_RSP);
  }
  bool reads_memory() const { return operands[1].type == ZYDIS_OPERAND_TYPE_MEMORY; }
  bool reads_the_canary() const {
    return reads_memory() && operands[1].mem.segment == ZYDIS_REGISTER_FS && operands[1].mem.disp.value == 0x28;
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
    case ZYDIS_MNEMONIC_LEA: return at.writes(ZYDIS_REGISTER_RSP);
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

EpilogueReader::EpilogueReader() { ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64); }

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

bool EpilogueReader::is_canary_setup(std::span<const std::uint8_t> code) {
  return code.size() >= kLoadCanary.size() && std::equal(kLoadCanary.begin(), kLoadCanary.end(), code.begin());
}

std::size_t EpilogueReader::last_nop_before_epilogue(std::span<const std::uint8_t> code) const {
  std::size_t nops = 0;
  while (nops < code.size() && code[nops] == kNop) ++nops;
  return nops > 1 && is_epilogue(code.subspan(nops)) ? nops - 1 : 0;
}

}  // namespace recount
