// One instruction, with its operands, as Zydis reads it.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <optional>
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

ZydisRegister whole_register(ZydisRegister name);                     // of 64 bits, that it is or is a part of
bool names(const ZydisDecodedOperand& operand, ZydisRegister whole);  // the register of 64 bits, or a part of it
bool writes_to(const DecodedCode& at, ZydisRegister whole);           // likewise, by an operand that is seen or hidden

// Where a branch, a jump or a call at `address` leads whose distance is in the instruction.
std::optional<std::uint64_t> target_of(const DecodedCode& at, std::uint64_t address, arch::Mode mode);

}  // namespace recount
