#include "tracer/code/computed_jump.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "tracer/code/decoded_code.hpp"

namespace recount {
namespace {

struct PlacedCode : DecodedCode {
  std::uint64_t address = 0;
};

// What a register holds. Two with the same token hold the same: one is a copy.
struct Value {
  enum class Kind : std::uint8_t { other, loaded, address, entry, target };
  struct Base {  // of a table, as one of the two registers that lead to an entry may be
    std::uint64_t token = 0;
    std::uint64_t address = 0;  // where the register was given one
    std::uint64_t since = 0;
  };
  Kind kind = Kind::other;
  std::uint64_t token = 0;
  std::uint64_t address = 0;  // of a place in the program, for `address`; of the table, for `entry` and `target`
  std::uint64_t since = 0;
  std::uint64_t offset = 0;        // of the table, of 32 bits
  std::array<Base, 2> bases = {};  // of an entry
};

constexpr std::size_t kRegisters = 16;
constexpr std::size_t kNoRegister = kRegisters;

std::size_t number_of(ZydisRegister reg) {
  const ZydisRegister whole = whole_register(reg);
  const bool is_known = whole >= ZYDIS_REGISTER_RAX && whole <= ZYDIS_REGISTER_R15;
  return is_known ? static_cast<std::size_t>(whole - ZYDIS_REGISTER_RAX) : kNoRegister;
}

bool is_register(const ZydisDecodedOperand& operand, unsigned bits) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER && operand.size == bits &&
         number_of(operand.reg.value) != kNoRegister;
}
bool is_memory(const ZydisDecodedOperand& operand) { return operand.type == ZYDIS_OPERAND_TYPE_MEMORY; }
bool is_number(const ZydisDecodedOperand& operand) { return operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE; }

bool is_on_stack(const ZydisDecodedOperand& memory) {
  const ZydisRegister base = whole_register(memory.mem.base);
  return base == ZYDIS_REGISTER_RSP || base == ZYDIS_REGISTER_RBP;
}

class Registers {
 public:
  Registers(arch::Mode mode, std::uint64_t first, bool from_start) : bits_(arch::address_bits(mode)) {
    for (Value& value : values_) {
      value = fresh(from_start ? Value::Kind::loaded : Value::Kind::other);
      value.since = first;
    }
  }

  void step(const PlacedCode& at) {
    const Value result = result_of(at);
    if (at.head.meta.category == ZYDIS_CATEGORY_CALL) return forget_after_call();
    for (std::size_t i = 0; i < at.head.operand_count; ++i) {
      const ZydisDecodedOperand& operand = at.operands[i];
      const bool is_written =
          operand.type == ZYDIS_OPERAND_TYPE_REGISTER && (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
      if (const std::size_t number = is_written ? number_of(operand.reg.value) : kNoRegister; number != kNoRegister)
        values_[number] = i == 0 || at.head.mnemonic == ZYDIS_MNEMONIC_CDQE ? result : fresh(Value::Kind::other);
    }
  }
  const Value& of(ZydisRegister reg) const { return values_[number_of(reg)]; }

 private:
  Value fresh(Value::Kind kind) { return {.kind = kind, .token = ++tokens_}; }
  Value address(std::uint64_t place, std::uint64_t since) {
    return {.kind = Value::Kind::address, .token = ++tokens_, .address = place, .since = since};
  }

  // RBX, RBP, RSP and R12 to R15 are kept by callees (System V ABI, 3.2.1); of 32 bits also ESI and EDI (for i386, 2.2.1).
  void forget_after_call() {
    constexpr std::array<std::size_t, 9> kLost{0, 1, 2, 6, 7, 8, 9, 10, 11};
    constexpr std::size_t kLostOf32Bits = 3;
    for (const std::size_t number : std::span(kLost).first(bits_ == 32 ? kLostOf32Bits : kLost.size()))
      values_[number] = fresh(Value::Kind::loaded);
  }

  Value result_of(const PlacedCode& at) {
    const auto& to = at.operands[0];
    const auto& from = at.operands[1];
    switch (at.head.mnemonic) {
      case ZYDIS_MNEMONIC_LEA: return lea(at, from);
      case ZYDIS_MNEMONIC_MOV: return moved(at, to, from);
      case ZYDIS_MNEMONIC_MOVSXD: return is_memory(from) ? entry(at, from) : sign_extended(of(from.reg.value));
      case ZYDIS_MNEMONIC_CDQE: return sign_extended(of(ZYDIS_REGISTER_RAX));
      case ZYDIS_MNEMONIC_ADD: return added(at, to, from);
      case ZYDIS_MNEMONIC_POP: return fresh(Value::Kind::loaded);
      default: return at.head.meta.category == ZYDIS_CATEGORY_CMOV ? chosen(to, from) : fresh(Value::Kind::other);
    }
  }

  Value lea(const PlacedCode& at, const ZydisDecodedOperand& memory) {
    ZyanU64 place = 0;
    if (memory.mem.base == ZYDIS_REGISTER_RIP &&
        ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&at.head, &memory, at.address, &place)))
      return address(place, at.address);
    const bool is_sum = memory.mem.index != ZYDIS_REGISTER_NONE && memory.mem.base != ZYDIS_REGISTER_NONE &&
                        memory.mem.scale == 1 && memory.mem.disp.value == 0;
    return is_sum ? sum(of(memory.mem.base), of(memory.mem.index)) : fresh(Value::Kind::other);
  }

  Value moved(const PlacedCode& at, const ZydisDecodedOperand& to, const ZydisDecodedOperand& from) {
    if (to.size < 32) return fresh(Value::Kind::other);
    if (is_number(from)) return address(from.imm.value.u, at.address);
    if (is_memory(from) && bits_ == 32 && !is_on_stack(from)) return narrow_entry(at, from);
    if (is_memory(from) && to.size < bits_) return entry(at, from);
    if (is_memory(from)) return fresh(is_on_stack(from) ? Value::Kind::other : Value::Kind::loaded);
    return is_register(from, bits_) ? of(from.reg.value) : fresh(Value::Kind::other);
  }

  // A distance at [B + 4 * I]; as unoptimized code writes it, both are registers without a factor.
  Value entry(const PlacedCode& at, const ZydisDecodedOperand& operand) {
    const auto& memory = operand.mem;
    Value read = fresh(Value::Kind::entry);
    read.since = at.address;
    const bool is_indexed = memory.index != ZYDIS_REGISTER_NONE;
    if (memory.base == ZYDIS_REGISTER_NONE && is_indexed) {
      read.bases[0] = base_of(address(static_cast<std::uint64_t>(memory.disp.value), at.address));
    } else if (memory.base != ZYDIS_REGISTER_NONE && memory.base != ZYDIS_REGISTER_RIP && memory.disp.value == 0) {
      read.bases[0] = base_of(of(memory.base));
      if (is_indexed && memory.scale == 1) read.bases[1] = base_of(of(memory.index));
    } else {
      return fresh(Value::Kind::other);
    }
    return read;
  }
  // Or an address: which of the two, what is done with it tells.
  Value narrow_entry(const PlacedCode& at, const ZydisDecodedOperand& operand) {
    const auto& memory = operand.mem;
    if (memory.base == ZYDIS_REGISTER_NONE || at.head.raw.disp.size != 32) return fresh(Value::Kind::loaded);
    Value read = fresh(Value::Kind::entry);
    read.since = at.address;
    read.offset = static_cast<std::uint64_t>(memory.disp.value);
    read.bases[0] = base_of(of(memory.base));
    if (memory.index != ZYDIS_REGISTER_NONE && memory.scale == 1) read.bases[1] = base_of(of(memory.index));
    return read;
  }
  static Value::Base base_of(const Value& value) {
    const bool is_address = value.kind == Value::Kind::address;
    return {value.token, is_address ? value.address : 0, value.since};
  }

  Value sign_extended(const Value& value) {
    return value.kind == Value::Kind::entry ? value : fresh(Value::Kind::other);
  }

  Value added(const PlacedCode& at, const ZydisDecodedOperand& to, const ZydisDecodedOperand& from) {
    if (!is_register(to, bits_)) return fresh(Value::Kind::other);
    if (is_number(from)) return sum(of(to.reg.value), address(from.imm.value.u, at.address));
    return is_register(from, bits_) ? sum(of(to.reg.value), of(from.reg.value)) : fresh(Value::Kind::other);
  }
  Value sum(const Value& a, const Value& b) {
    if (a.kind != Value::Kind::entry && b.kind == Value::Kind::entry) return sum(b, a);
    for (const Value::Base& base : a.kind == Value::Kind::entry ? a.bases : decltype(a.bases){}) {
      const Value::Base other = base_of(b);
      const bool is_copy = base.token == other.token;
      if (!is_copy && (base.address == 0 || base.address != other.address || bits_ == 32)) continue;
      Value target = fresh(Value::Kind::target);
      target.offset = a.offset;
      target.address = other.address;
      target.since = is_copy ? a.since : std::min({a.since, base.since, other.since});
      return target;
    }
    return fresh(Value::Kind::other);
  }

  Value chosen(const ZydisDecodedOperand& to, const ZydisDecodedOperand& from) {
    const auto is_stored = [](const Value& value) {
      return value.kind == Value::Kind::loaded || value.kind == Value::Kind::address;
    };
    const bool is_known = is_register(to, bits_) && is_stored(of(to.reg.value)) &&
                          (is_memory(from) ? !is_on_stack(from) : is_stored(of(from.reg.value)));
    return fresh(is_known ? Value::Kind::loaded : Value::Kind::other);
  }

  unsigned bits_;  // of an address
  std::array<Value, kRegisters> values_;
  std::uint64_t tokens_ = 0;
};

bool read(std::uint64_t address, const CodeBytes& code, PlacedCode& at) {
  at.address = address;
  return decode(code.from(address), code.mode(), at);
}

// `cmp $N, X; ja ELSEWHERE`, or sub, in front of what reads the table: N + 1 entries. What stands between the two leaves the flags.
void find_entries(std::span<const std::uint64_t> before, const CodeBytes& code, ComputedJump& found) {
  constexpr std::uint64_t kEntriesMax = 1024;
  PlacedCode at;
  std::optional<std::uint64_t> more;  // than the number: once the jump was met
  for (auto address = before.rbegin(); address != before.rend(); ++address) {
    if (!read(*address, code, at)) return;
    const auto& operands = at.operands;
    switch (at.head.mnemonic) {
      case ZYDIS_MNEMONIC_MOV:
      case ZYDIS_MNEMONIC_MOVZX:
      case ZYDIS_MNEMONIC_MOVSXD:
      case ZYDIS_MNEMONIC_LEA: continue;
      case ZYDIS_MNEMONIC_JNBE:
      case ZYDIS_MNEMONIC_JNB:
        if (more) return;
        found.guard = *address;
        more = at.head.mnemonic == ZYDIS_MNEMONIC_JNBE ? 1 : 0;
        continue;
      case ZYDIS_MNEMONIC_CMP:
      case ZYDIS_MNEMONIC_SUB:
        if (!more) break;
        if (is_number(operands[1]) && operands[1].imm.value.u < kEntriesMax)
          found.entries = static_cast<std::size_t>(operands[1].imm.value.u + *more);
        return;
      default: break;
    }
    const bool goes_on = at.head.meta.branch_type == ZYDIS_BRANCH_TYPE_NONE;
    if (more || !goes_on) return;
  }
}

}  // namespace

ComputedJump computed_jump_at(std::uint64_t jump, std::span<const std::uint64_t> before, bool from_start,
                              const CodeBytes& code) {
  ComputedJump found{.address = jump};
  PlacedCode at;
  Registers registers(code.mode(), before.empty() ? jump : before.front(), from_start);
  for (const std::uint64_t address : before)
    if (read(address, code, at)) registers.step(at);
  if (!read(jump, code, at)) return found;
  if (is_memory(at.operands[0]) && !is_on_stack(at.operands[0])) found.by = ComputedJump::By::address;
  if (!is_register(at.operands[0], arch::address_bits(code.mode()))) return found;
  const Value& value = registers.of(at.operands[0].reg.value);
  const bool is_loaded_entry = value.kind == Value::Kind::entry && code.mode() == arch::Mode::bits32;
  if (value.kind == Value::Kind::loaded || value.kind == Value::Kind::address || is_loaded_entry)
    found.by = ComputedJump::By::address;
  if (value.kind != Value::Kind::target) return found;
  found.by = ComputedJump::By::table;
  found.table = value.address;
  found.offset = value.offset;
  found.since = value.since;
  find_entries(before, code, found);
  return found;
}

}  // namespace recount
