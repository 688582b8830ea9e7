// One instruction of x86-64, with its operands, as Zydis reads it.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <span>

namespace recount {

struct DecodedCode {
  ZydisDecodedInstruction head;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;  // hidden ones behind the visible ones

  std::span<const ZydisDecodedOperand> visible() const { return {operands.data(), head.operand_count_visible}; }
};

// False: there is no whole instruction.
bool decode(std::span<const std::uint8_t> bytes, DecodedCode& at);

}  // namespace recount
