// One instruction, with its operands, as Zydis reads it.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <span>

#include "tracer/base/x86_64.hpp"

namespace recount {

struct DecodedCode {
  ZydisDecodedInstruction head;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;  // hidden ones behind the visible ones

  std::span<const ZydisDecodedOperand> visible() const { return {operands.data(), head.operand_count_visible}; }
};

// False: there is no whole instruction.
bool decode(std::span<const std::uint8_t> bytes, arch::Mode mode, DecodedCode& at);

ZydisDecoder decoder_for(arch::Mode mode);

}  // namespace recount
