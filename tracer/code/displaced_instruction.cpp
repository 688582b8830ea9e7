#include "tracer/code/displaced_instruction.hpp"

#include <Zydis/Zydis.h>

#include <array>
#include <bit>
#include <optional>

#include "tracer/code/conditional_jump.hpp"

namespace recount {
namespace {

using Word = std::uint64_t;

struct Decoded {
  ZydisDecodedInstruction instruction{};
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands{};
};

std::optional<Decoded> decode(std::span<const std::uint8_t> bytes) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  Decoded decoded;
  const ZyanStatus status =
      ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(), &decoded.instruction, decoded.operands.data());
  return ZYAN_SUCCESS(status) ? std::optional(decoded) : std::nullopt;
}

constexpr std::array kWords{
    &user_regs_struct::rax, &user_regs_struct::rcx, &user_regs_struct::rdx, &user_regs_struct::rbx,
    &user_regs_struct::rsp, &user_regs_struct::rbp, &user_regs_struct::rsi, &user_regs_struct::rdi,
    &user_regs_struct::r8,  &user_regs_struct::r9,  &user_regs_struct::r10, &user_regs_struct::r11,
    &user_regs_struct::r12, &user_regs_struct::r13, &user_regs_struct::r14, &user_regs_struct::r15};

// Of 32 or 64 bits: writing one of 32 clears the upper half (SDM, volume 1, 3.4.1.1).
bool is_word(ZydisRegister name) {
  const ZydisRegisterClass kind = ZydisRegisterGetClass(name);
  return kind == ZYDIS_REGCLASS_GPR32 || kind == ZYDIS_REGCLASS_GPR64;
}

auto& word(user_regs_struct& registers, ZydisRegister name) {
  return registers.*kWords.at(static_cast<std::size_t>(ZydisRegisterGetId(name)));
}

Word in_width(Word value, unsigned bits) { return bits == 32 ? value & 0xffffffff : value; }

bool is_register(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER && is_word(operand.reg.value);
}

bool is_plain(const ZydisDecodedOperand& operand) {
  return is_register(operand) || operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

bool is_based(const ZydisDecodedOperand& operand) {
  return operand.mem.index == ZYDIS_REGISTER_NONE && ZydisRegisterGetClass(operand.mem.base) == ZYDIS_REGCLASS_GPR64;
}

Word value_of(const ZydisDecodedOperand& operand, user_regs_struct& registers) {
  if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) return operand.imm.value.u;
  return in_width(word(registers, operand.reg.value), operand.size);
}

// The flags of a result, without carry and overflow (SDM, volume 1, 3.4.3.1).
constexpr Word kCarry = 0x1, kParity = 0x4, kAdjust = 0x10, kZero = 0x40, kSign = 0x80, kOverflow = 0x800;

void set_flags(user_regs_struct& registers, Word result, unsigned bits, Word more) {
  Word flags = registers.eflags & ~(kCarry | kParity | kAdjust | kZero | kSign | kOverflow);
  if (result == 0) flags |= kZero;
  if ((result >> (bits - 1) & 1) != 0) flags |= kSign;
  if (std::popcount(result & 0xff) % 2 == 0) flags |= kParity;
  registers.eflags = flags | more;
}

Word subtract(user_regs_struct& registers, Word a, Word b, unsigned bits) {
  const Word result = in_width(a - b, bits);
  Word more = a < b ? kCarry : 0;
  if (((a ^ b) & (a ^ result)) >> (bits - 1) & 1) more |= kOverflow;
  if (((a ^ b ^ result) & 0x10) != 0) more |= kAdjust;
  set_flags(registers, result, bits, more);
  return result;
}

int do_ret(user_regs_struct& registers, const Stack& stack) {
  Word to = 0;
  if (const int error = stack.read(registers.rsp, to)) return error;
  registers.rip = to;
  registers.rsp += sizeof to;
  return 0;
}

int do_jump(std::span<const std::uint8_t> jump, user_regs_struct& registers) {
  registers.rip += jump.size() - 1;
  if (is_taken(jump, registers.eflags)) registers.rip += static_cast<Word>(distance_of(jump));
  return 0;
}

int do_push(Word value, user_regs_struct& registers, const Stack& stack) {
  if (const int error = stack.write(registers.rsp - sizeof value, value)) return error;
  registers.rsp -= sizeof value;
  return 0;
}

}  // namespace

bool can_be_done(std::span<const std::uint8_t> instruction) {
  const auto decoded = decode(instruction);
  if (!decoded) return false;
  const auto& to = decoded->operands[0];
  const auto& from = decoded->operands[1];
  switch (decoded->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_RET: return decoded->instruction.raw.imm[0].size == 0;
    case ZYDIS_MNEMONIC_NOP:
    case ZYDIS_MNEMONIC_ENDBR64: return true;
    case ZYDIS_MNEMONIC_PUSH: return is_register(to);
    case ZYDIS_MNEMONIC_MOV:
    case ZYDIS_MNEMONIC_SUB:
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_TEST: return is_register(to) && is_plain(from);
    case ZYDIS_MNEMONIC_LEA: return is_register(to) && is_based(from);
    default: return false;
  }
}

int do_instruction(std::span<const std::uint8_t> bytes, user_regs_struct& registers, const Stack& stack) {
  if (is_conditional_jump(bytes)) return do_jump(bytes, registers);
  const Decoded decoded = decode(bytes).value();
  const auto& to = decoded.operands[0];
  const auto& from = decoded.operands[1];
  registers.rip += decoded.instruction.length - 1U;
  switch (decoded.instruction.mnemonic) {
    case ZYDIS_MNEMONIC_RET: return do_ret(registers, stack);
    case ZYDIS_MNEMONIC_PUSH: return do_push(value_of(to, registers), registers, stack);
    case ZYDIS_MNEMONIC_MOV: word(registers, to.reg.value) = in_width(value_of(from, registers), to.size); return 0;
    case ZYDIS_MNEMONIC_SUB:
      word(registers, to.reg.value) =
          subtract(registers, value_of(to, registers), in_width(value_of(from, registers), to.size), to.size);
      return 0;
    case ZYDIS_MNEMONIC_CMP:
      subtract(registers, value_of(to, registers), in_width(value_of(from, registers), to.size), to.size);
      return 0;
    case ZYDIS_MNEMONIC_TEST:
      set_flags(registers, in_width(value_of(to, registers) & value_of(from, registers), to.size), to.size, 0);
      return 0;
    case ZYDIS_MNEMONIC_LEA:
      word(registers, to.reg.value) =
          in_width(word(registers, from.mem.base) + static_cast<Word>(from.mem.disp.value), to.size);
      return 0;
    default: return 0;
  }
}

}  // namespace recount
