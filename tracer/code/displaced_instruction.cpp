#include "tracer/code/displaced_instruction.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "tracer/code/conditional_jump.hpp"
#include "tracer/code/decoded_code.hpp"

namespace recount {
namespace {

using Word = std::uint64_t;
using Operand = ZydisDecodedOperand;

std::optional<DecodedCode> decoded_from(std::span<const std::uint8_t> bytes, arch::Mode mode) {
  DecodedCode at;
  return decode(bytes, mode, at) ? std::optional(at) : std::nullopt;
}

constexpr std::array kWords{
    &user_regs_struct::rax, &user_regs_struct::rcx, &user_regs_struct::rdx, &user_regs_struct::rbx,
    &user_regs_struct::rsp, &user_regs_struct::rbp, &user_regs_struct::rsi, &user_regs_struct::rdi,
    &user_regs_struct::r8,  &user_regs_struct::r9,  &user_regs_struct::r10, &user_regs_struct::r11,
    &user_regs_struct::r12, &user_regs_struct::r13, &user_regs_struct::r14, &user_regs_struct::r15};

// A general register of 64, 32, 16 or 8 bits: which it is a part of, and where in it.
struct Part {
  std::size_t word = 0;
  unsigned shift = 0;
};
std::optional<Part> part_of(ZydisRegister name) {
  const ZydisRegister whole = whole_register(name);
  if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64) return std::nullopt;
  const bool is_second = name >= ZYDIS_REGISTER_AH && name <= ZYDIS_REGISTER_BH;
  return Part{static_cast<std::size_t>(ZydisRegisterGetId(whole)), is_second ? 8U : 0U};
}

Word mask_of(unsigned bits) { return bits == 64 ? ~Word{0} : (Word{1} << bits) - 1; }
Word in_width(Word value, unsigned bits) { return value & mask_of(bits); }
bool has_sign(Word value, unsigned bits) { return (value >> (bits - 1) & 1) != 0; }
Word extended(Word value, unsigned bits) { return has_sign(value, bits) ? value | ~mask_of(bits) : value; }

Word flags_of(Word result, unsigned bits) {
  Word flags = result == 0 ? kZeroFlag : 0;
  if (has_sign(result, bits)) flags |= kSignFlag;
  if (std::popcount(result & 0xff) % 2 == 0) flags |= kParityFlag;
  return flags;
}

class Doing {
 public:
  Doing(const DecodedCode& decoded, const user_regs_struct& before, const TaskMemory& memory)
      : i_(decoded.head), operands_(decoded.operands), mode_(arch::mode_of(before)), now_(before), memory_(memory) {
    now_.rip += i_.length - 1U;
  }

  int run() {
    if (!moves() && !computes() && !shifts_or_multiplies()) leads();
    return error_;
  }
  const user_regs_struct& now() const { return now_; }

 private:
  Word as_address(Word value) const { return arch::narrowed(value, mode_); }

  auto& word(ZydisRegister name) { return now_.*kWords.at(part_of(name)->word); }

  Word address_of(const Operand& operand) {
    const auto& m = operand.mem;
    Word address = static_cast<Word>(m.disp.value);
    if (m.base == ZYDIS_REGISTER_RIP)
      address += now_.rip;
    else if (m.base != ZYDIS_REGISTER_NONE)
      address += word(m.base);
    if (m.index != ZYDIS_REGISTER_NONE) address += word(m.index) * m.scale;
    if (m.segment == ZYDIS_REGISTER_FS && i_.mnemonic != ZYDIS_MNEMONIC_LEA) address += now_.fs_base;
    return as_address(address);
  }

  Word load_at(Word address, unsigned bits) {
    std::array<std::uint8_t, sizeof(Word)> bytes{};
    if (const int error = memory_.read(address, std::span(bytes).first(bits / 8))) error_ = error;
    Word value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  void store_at(Word address, Word value, unsigned bits) {
    if (error_ != 0) return;
    std::array<std::uint8_t, sizeof(Word)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    error_ = memory_.write(address, std::span<const std::uint8_t>(bytes).first(bits / 8));
  }

  Word value_of(const Operand& operand) {
    if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) return in_width(operand.imm.value.u, i_.operand_width);
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) return load_at(address_of(operand), operand.size);
    return in_width(word(operand.reg.value) >> part_of(operand.reg.value)->shift, operand.size);
  }

  // Writing a register of 32 bits clears the upper half, writing less leaves the rest (SDM, volume 1, 3.4.1.1).
  void set(const Operand& operand, Word value) {
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) return store_at(address_of(operand), value, operand.size);
    auto& whole = word(operand.reg.value);
    const unsigned shift = part_of(operand.reg.value)->shift;
    const Word kept = operand.size >= 32 ? 0 : whole & ~(mask_of(operand.size) << shift);
    whole = kept | in_width(value, operand.size) << shift;
  }

  void set_flags(Word set, Word known) { now_.eflags = (now_.eflags & ~known) | set; }

  bool condition() const { return is_so(static_cast<std::uint8_t>(i_.opcode & 0xf), now_.eflags); }

  bool moves() {
    const Operand& to = operands_[0];
    const Operand& from = operands_[1];
    switch (i_.mnemonic) {
      case ZYDIS_MNEMONIC_MOV:
      case ZYDIS_MNEMONIC_MOVZX: set(to, value_of(from)); return true;
      case ZYDIS_MNEMONIC_MOVSX:
      case ZYDIS_MNEMONIC_MOVSXD: set(to, extended(value_of(from), from.size)); return true;
      case ZYDIS_MNEMONIC_LEA: set(to, address_of(from)); return true;
      case ZYDIS_MNEMONIC_CWDE: now_.rax = in_width(extended(now_.rax & 0xffff, 16), 32); return true;
      case ZYDIS_MNEMONIC_CDQE: now_.rax = extended(now_.rax & 0xffffffff, 32); return true;
      case ZYDIS_MNEMONIC_CDQ: now_.rdx = has_sign(now_.rax, 32) ? 0xffffffff : 0; return true;
      case ZYDIS_MNEMONIC_CQO: now_.rdx = has_sign(now_.rax, 64) ? ~Word{0} : 0; return true;
      default: break;
    }
    if (is_conditional_move(i_.mnemonic)) return move_if(to, from), true;
    if (!is_conditional_set(i_.mnemonic)) return false;
    set(to, condition() ? 1 : 0);
    return true;
  }

  void move_if(const Operand& to, const Operand& from) {
    const Word value = value_of(from);
    set(to, condition() ? value : value_of(to));
  }

  bool computes() {
    const Operand& to = operands_[0];
    const unsigned bits = to.size;
    switch (i_.mnemonic) {
      case ZYDIS_MNEMONIC_ADD: set(to, add(value_of(to), value_of(operands_[1]), bits)); return true;
      case ZYDIS_MNEMONIC_SUB: set(to, subtract(value_of(to), value_of(operands_[1]), bits)); return true;
      case ZYDIS_MNEMONIC_CMP: subtract(value_of(to), value_of(operands_[1]), bits); return true;
      case ZYDIS_MNEMONIC_NEG: set(to, subtract(0, value_of(to), bits)); return true;
      case ZYDIS_MNEMONIC_NOT: set(to, ~value_of(to)); return true;
      case ZYDIS_MNEMONIC_INC: return step(to, [&](Word a) { return add(a, 1, bits); });
      case ZYDIS_MNEMONIC_DEC: return step(to, [&](Word a) { return subtract(a, 1, bits); });
      case ZYDIS_MNEMONIC_AND: set(to, logical(value_of(to) & value_of(operands_[1]), bits)); return true;
      case ZYDIS_MNEMONIC_OR: set(to, logical(value_of(to) | value_of(operands_[1]), bits)); return true;
      case ZYDIS_MNEMONIC_XOR: set(to, logical(value_of(to) ^ value_of(operands_[1]), bits)); return true;
      case ZYDIS_MNEMONIC_TEST: logical(value_of(to) & value_of(operands_[1]), bits); return true;
      default: return false;
    }
  }

  // inc and dec leave the carry flag.
  template <typename By>
  bool step(const Operand& to, By by) {
    const Word carry = now_.eflags & kCarryFlag;
    const Word value = by(value_of(to));
    set_flags(carry, kCarryFlag);
    set(to, value);
    return true;
  }

  static constexpr Word kArithmetic = kCarryFlag | kParityFlag | kAdjustFlag | kZeroFlag | kSignFlag | kOverflowFlag;

  Word add(Word a, Word b, unsigned bits) {
    const Word result = in_width(a + b, bits);
    Word more = result < a ? kCarryFlag : 0;
    if (has_sign(~(a ^ b) & (a ^ result), bits)) more |= kOverflowFlag;
    set_flags(flags_of(result, bits) | more | ((a ^ b ^ result) & kAdjustFlag), kArithmetic);
    return result;
  }
  Word subtract(Word a, Word b, unsigned bits) {
    const Word result = in_width(a - b, bits);
    Word more = a < b ? kCarryFlag : 0;
    if (has_sign((a ^ b) & (a ^ result), bits)) more |= kOverflowFlag;
    set_flags(flags_of(result, bits) | more | ((a ^ b ^ result) & kAdjustFlag), kArithmetic);
    return result;
  }
  Word logical(Word result, unsigned bits) {
    set_flags(flags_of(result, bits), kArithmetic);
    return result;
  }

  bool shifts_or_multiplies() {
    const Operand& to = operands_[0];
    if (i_.mnemonic == ZYDIS_MNEMONIC_IMUL) return multiply(to), true;
    const bool left = i_.mnemonic == ZYDIS_MNEMONIC_SHL;
    if (!left && i_.mnemonic != ZYDIS_MNEMONIC_SHR && i_.mnemonic != ZYDIS_MNEMONIC_SAR) return false;
    const unsigned bits = to.size;
    const auto count = static_cast<unsigned>(value_of(operands_[1]) & (bits - 1));
    const Word a = value_of(to);
    const Word filled = i_.mnemonic == ZYDIS_MNEMONIC_SAR ? extended(a, bits) : a;
    const Word result = in_width(count == 0 ? a : left ? a << count : shifted(filled, count), bits);
    if (count != 0) note_shift(a, result, count, bits, left);
    set(to, result);
    return true;
  }
  Word shifted(Word a, unsigned count) const {
    if (i_.mnemonic == ZYDIS_MNEMONIC_SHR) return a >> count;
    return static_cast<Word>(static_cast<std::int64_t>(a) >> count);
  }
  void note_shift(Word a, Word result, unsigned count, unsigned bits, bool left) {
    const bool out = (left ? a >> (bits - count) : a >> (count - 1)) & 1;
    const bool sign_changed = i_.mnemonic != ZYDIS_MNEMONIC_SAR && has_sign(a ^ result, bits);
    set_flags(flags_of(result, bits) | (out ? kCarryFlag : 0) | (sign_changed ? kOverflowFlag : 0), kArithmetic);
  }

  void multiply(const Operand& to) {
    const bool has_three = i_.operand_count_visible == 3;
    const unsigned bits = to.size;
    const auto signed_of = [bits](Word value) { return static_cast<std::int64_t>(extended(value, bits)); };
    std::int64_t product = 0;
    const bool is_over = __builtin_mul_overflow(signed_of(value_of(operands_[has_three ? 1 : 0])),
                                                signed_of(value_of(operands_[has_three ? 2 : 1])), &product);
    const Word result = in_width(static_cast<Word>(product), bits);
    const bool fits = !is_over && product == signed_of(result);
    set_flags(fits ? 0 : kCarryFlag | kOverflowFlag, kCarryFlag | kOverflowFlag);
    set(to, result);
  }

  void leads() {
    switch (i_.mnemonic) {
      case ZYDIS_MNEMONIC_PUSH: push(pushed()); return;
      case ZYDIS_MNEMONIC_POP: set(operands_[0], pop()); return;
      case ZYDIS_MNEMONIC_LEAVE:
        now_.rsp = as_address(now_.rbp);
        now_.rbp = pop();
        return;
      case ZYDIS_MNEMONIC_CALL: {
        const Word to = target();
        push(now_.rip);
        now_.rip = to;
        return;
      }
      case ZYDIS_MNEMONIC_RET:
        now_.rip = pop();
        if (i_.raw.imm[0].size != 0) now_.rsp = as_address(now_.rsp + i_.raw.imm[0].value.u);
        return;
      case ZYDIS_MNEMONIC_JMP: now_.rip = target(); return;
      default:
        if (i_.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE && condition()) now_.rip = target();
    }
  }
  Word pushed() {
    const Operand& operand = operands_[0];
    return operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? static_cast<Word>(operand.imm.value.s) : value_of(operand);
  }
  Word target() {
    const Operand& operand = operands_[0];
    const bool is_near = operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
    return is_near ? as_address(now_.rip + static_cast<Word>(operand.imm.value.s)) : value_of(operand);
  }
  void push(Word value) {
    const Word top = as_address(now_.rsp - arch::word_size(mode_));
    store_at(top, value, arch::address_bits(mode_));
    now_.rsp = top;
  }
  Word pop() {
    const Word value = load_at(as_address(now_.rsp), arch::address_bits(mode_));
    now_.rsp = as_address(now_.rsp + arch::word_size(mode_));
    return value;
  }

 public:
  static bool is_conditional_move(ZydisMnemonic name) {
    return name >= ZYDIS_MNEMONIC_CMOVB && name <= ZYDIS_MNEMONIC_CMOVZ;
  }
  static bool is_conditional_set(ZydisMnemonic name) {
    return name >= ZYDIS_MNEMONIC_SETB && name <= ZYDIS_MNEMONIC_SETZ && name != ZYDIS_MNEMONIC_SETSSBSY;
  }

 private:
  const ZydisDecodedInstruction& i_;
  const std::array<Operand, ZYDIS_MAX_OPERAND_COUNT>& operands_;
  arch::Mode mode_;
  user_regs_struct now_;
  const TaskMemory& memory_;
  int error_ = 0;
};

bool is_operand_plain(const Operand& operand, arch::Mode mode) {
  if (operand.size > 64) return false;
  switch (operand.type) {
    case ZYDIS_OPERAND_TYPE_IMMEDIATE: return true;
    case ZYDIS_OPERAND_TYPE_REGISTER: return part_of(operand.reg.value).has_value();
    case ZYDIS_OPERAND_TYPE_MEMORY: {
      const bool is_narrow = mode == arch::Mode::bits32;
      const auto is_word = [is_narrow](ZydisRegister name) {
        const auto whole = is_narrow ? ZYDIS_REGCLASS_GPR32 : ZYDIS_REGCLASS_GPR64;
        return name == ZYDIS_REGISTER_NONE || ZydisRegisterGetClass(name) == whole;
      };
      const auto& m = operand.mem;
      const bool is_based = is_word(m.base) || m.base == ZYDIS_REGISTER_RIP;
      const bool is_elsewhere = m.segment == ZYDIS_REGISTER_GS || (is_narrow && m.segment == ZYDIS_REGISTER_FS);
      return !is_elsewhere && is_based && is_word(m.index);
    }
    default: return false;
  }
}

bool is_known(const DecodedCode& decoded, arch::Mode mode) {
  const ZydisDecodedInstruction& i = decoded.head;
  const bool is_whole = i.operand_width == arch::address_bits(mode);
  switch (i.mnemonic) {
    case ZYDIS_MNEMONIC_NOP:
    case ZYDIS_MNEMONIC_ENDBR32:
    case ZYDIS_MNEMONIC_ENDBR64:
    case ZYDIS_MNEMONIC_MOV:
    case ZYDIS_MNEMONIC_MOVZX:
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
    case ZYDIS_MNEMONIC_LEA:
    case ZYDIS_MNEMONIC_CWDE:
    case ZYDIS_MNEMONIC_CDQE:
    case ZYDIS_MNEMONIC_CDQ:
    case ZYDIS_MNEMONIC_CQO:
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_SUB:
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_NEG:
    case ZYDIS_MNEMONIC_NOT:
    case ZYDIS_MNEMONIC_INC:
    case ZYDIS_MNEMONIC_DEC:
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_XOR:
    case ZYDIS_MNEMONIC_TEST: return true;
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR: return decoded.operands[0].size >= 32;
    case ZYDIS_MNEMONIC_IMUL: return i.operand_count_visible > 1;
    case ZYDIS_MNEMONIC_PUSH:
    case ZYDIS_MNEMONIC_LEAVE:
    case ZYDIS_MNEMONIC_RET: return is_whole;
    case ZYDIS_MNEMONIC_POP: return is_whole && decoded.operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER;
    case ZYDIS_MNEMONIC_CALL:
    case ZYDIS_MNEMONIC_JMP: return i.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR && is_whole;
    case ZYDIS_MNEMONIC_JCXZ:
    case ZYDIS_MNEMONIC_JECXZ:
    case ZYDIS_MNEMONIC_JRCXZ:
    case ZYDIS_MNEMONIC_LOOP:
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE:
    case ZYDIS_MNEMONIC_XBEGIN: return false;
    default:
      return i.meta.category == ZYDIS_CATEGORY_COND_BR || Doing::is_conditional_move(i.mnemonic) ||
             Doing::is_conditional_set(i.mnemonic);
  }
}

constexpr ZydisInstructionAttributes kNotPlain = ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_XACQUIRE |
                                                 ZYDIS_ATTRIB_HAS_XRELEASE | ZYDIS_ATTRIB_HAS_EVEX |
                                                 ZYDIS_ATTRIB_HAS_VEX;

}  // namespace

std::size_t length_of(std::span<const std::uint8_t> instruction, arch::Mode mode) {
  const auto decoded = decoded_from(instruction, mode);
  return decoded ? decoded->head.length : 0;
}

bool can_be_done(std::span<const std::uint8_t> instruction, arch::Mode mode) {
  const auto decoded = decoded_from(instruction, mode);
  if (!decoded || (decoded->head.attributes & kNotPlain) != 0 || !is_known(*decoded, mode)) return false;
  const auto operands = decoded->visible();
  return std::all_of(operands.begin(), operands.end(),
                     [mode](const Operand& operand) { return is_operand_plain(operand, mode); });
}

bool stays_on_stack(std::span<const std::uint8_t> instruction, arch::Mode mode) {
  const auto decoded = decoded_from(instruction, mode);
  if (!decoded) return false;
  if (decoded->head.mnemonic == ZYDIS_MNEMONIC_DIV || decoded->head.mnemonic == ZYDIS_MNEMONIC_IDIV) return false;
  const auto operands = decoded->visible();
  const bool reads_nothing =
      decoded->head.mnemonic == ZYDIS_MNEMONIC_LEA || decoded->head.mnemonic == ZYDIS_MNEMONIC_NOP;
  return reads_nothing || std::all_of(operands.begin(), operands.end(), [](const Operand& operand) {
           if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return true;
           const ZydisRegister base = whole_register(operand.mem.base);
           return (base == ZYDIS_REGISTER_RSP || base == ZYDIS_REGISTER_RBP) &&
                  operand.mem.index == ZYDIS_REGISTER_NONE;
         });
}

int do_instruction(std::span<const std::uint8_t> bytes, user_regs_struct& registers, const TaskMemory& memory) {
  const DecodedCode decoded = decoded_from(bytes, arch::mode_of(registers)).value();
  Doing doing(decoded, registers, memory);
  if (const int error = doing.run()) return error;
  registers = doing.now();
  return 0;
}

}  // namespace recount
