#include "tracer/code/decoded_code.hpp"

#include <algorithm>

namespace recount {

ZydisDecoder decoder_for(arch::Mode mode) {
  ZydisDecoder decoder;
  if (mode == arch::Mode::bits32)
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  else
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  return decoder;
}

bool decode(std::span<const std::uint8_t> bytes, arch::Mode mode, DecodedCode& at) {
  const ZydisDecoder decoder = decoder_for(mode);
  return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(), &at.head, at.operands.data()));
}

ZydisRegister whole_register(ZydisRegister name) {
  return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name);
}

bool names(const ZydisDecodedOperand& operand, ZydisRegister whole) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER && whole_register(operand.reg.value) == whole;
}

bool writes_to(const DecodedCode& at, ZydisRegister whole) {
  return std::any_of(at.operands.begin(), at.operands.begin() + at.head.operand_count,
                     [whole](const ZydisDecodedOperand& operand) {
                       return names(operand, whole) && (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
                     });
}

std::optional<std::uint64_t> target_of(const DecodedCode& at, std::uint64_t address, arch::Mode mode) {
  const auto& operand = at.operands[0];
  if (operand.type != ZYDIS_OPERAND_TYPE_IMMEDIATE || operand.imm.is_relative == ZYAN_FALSE) return std::nullopt;
  return arch::narrowed(address + at.head.length + static_cast<std::uint64_t>(operand.imm.value.s), mode);
}

}  // namespace recount
