#include "tracer/image/call_window.hpp"

#include <algorithm>
#include <cstring>

#include "tracer/code/displaced_instruction.hpp"

namespace recount {
namespace {

constexpr std::size_t kAround = 512;  // bytes on both sides
constexpr std::size_t kInstructionMax = 15;

// How much more is pushed after the instruction. Of what a branch leads around the order of addresses says nothing.
std::int64_t pushed_by(const DecodedCode& code) {
  const auto operands = code.visible();
  const bool is_of_stack = operands.size() == 2 && operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                           operands[0].reg.value == ZYDIS_REGISTER_RSP &&
                           operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  switch (code.head.mnemonic) {
    case ZYDIS_MNEMONIC_PUSH: return kStackWord;
    case ZYDIS_MNEMONIC_POP: return -kStackWord;
    case ZYDIS_MNEMONIC_SUB: return is_of_stack ? operands[1].imm.value.s : 0;
    case ZYDIS_MNEMONIC_ADD: return is_of_stack ? -operands[1].imm.value.s : 0;
    default: return 0;
  }
}

// What can't be decoded is passed over.
std::vector<Instruction> instructions_before(CodeView code, std::size_t first, std::size_t end) {
  std::vector<Instruction> all;
  for (std::size_t at = first; at < end;) {
    const auto more = instructions_of(code, at, end);
    all.insert(all.end(), more.begin(), more.end());
    at = all.empty() ? at + 1 : std::max(at + 1, all.back().end());
  }
  return all;
}

std::optional<std::size_t> target_of(const Instruction& instruction) {
  return target_of(instruction.code, instruction.at, arch::Mode::bits64);
}

bool does_the_same_elsewhere(CodeView instruction, const DecodedCode& code) {
  return can_be_done(instruction, arch::Mode::bits64) && (code.head.attributes & ZYDIS_ATTRIB_IS_RELATIVE) == 0;
}

bool is_call(const Instruction& instruction) {
  return instruction.code.head.mnemonic == ZYDIS_MNEMONIC_CALL && instruction.code.head.length == kCallSize &&
         target_of(instruction).has_value();
}

bool is_leap(const DecodedCode& code) {
  switch (code.head.meta.category) {
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_UNCOND_BR:
    case ZYDIS_CATEGORY_COND_BR: return true;
    default: return false;
  }
}

bool clears(const DecodedCode& code) {
  const auto operands = code.visible();
  return code.head.mnemonic == ZYDIS_MNEMONIC_XOR && operands.size() == 2 &&
         operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER && names(operands[1], whole_register(operands[0].reg.value));
}

std::optional<std::int32_t> immediate_of(const DecodedCode& code, std::size_t operand) {
  const auto operands = code.visible();
  if (operands.size() <= operand || operands[operand].type != ZYDIS_OPERAND_TYPE_IMMEDIATE) return std::nullopt;
  return static_cast<std::int32_t>(operands[operand].imm.value.s);
}

}  // namespace

std::vector<std::size_t> places_of(const MachineCode& wanted, CodeView code) {
  std::vector<std::size_t> places;
  for (std::size_t from = 0; from < code.size();) {
    const void* const found = ::memmem(&code[from], code.size() - from, wanted.data(), wanted.size());
    if (found == nullptr) break;
    places.push_back(static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - code.data()));
    from = places.back() + 1;
  }
  return places;
}

std::vector<Instruction> instructions_of(CodeView code, std::size_t first, std::size_t end) {
  std::vector<Instruction> all;
  std::int64_t depth = 0;
  for (std::size_t at = first; at < end;) {
    Instruction next{at, {}, depth};
    if (!decode(code.subspan(at), arch::Mode::bits64, next.code)) break;
    depth += pushed_by(next.code);
    at = next.end();
    all.push_back(next);
  }
  return all;
}

std::vector<Instruction> instructions_around(CodeView code, std::size_t at) {
  const std::size_t most = std::min(at, kAround);
  for (std::size_t back = most; back + kInstructionMax > most && back != 0; --back) {
    std::vector<Instruction> around = instructions_before(code, at - back, at);
    if (around.empty() || around.back().end() != at) continue;
    const auto behind = instructions_of(code, at, std::min(code.size(), at + kAround));
    around.insert(around.end(), behind.begin(), behind.end());
    return around;
  }
  return instructions_of(code, at, std::min(code.size(), at + kAround));
}

std::vector<Lead> leads_of(CodeView code, std::uint8_t opcode) {
  std::vector<Lead> leads;
  for (std::size_t at = 0; at + kCallSize <= code.size(); ++at) {
    if (code[at] != opcode) continue;
    std::int32_t distance = 0;
    std::memcpy(&distance, &code[at + 1], sizeof distance);
    const std::int64_t to = static_cast<std::int64_t>(at + kCallSize) + distance;
    if (to >= 0 && to < static_cast<std::int64_t>(code.size())) leads.push_back({at, static_cast<std::size_t>(to)});
  }
  return leads;
}

bool leads_between(std::span<const Instruction> around, std::size_t first, std::size_t end) {
  return std::any_of(around.begin(), around.end(), [&](const Instruction& instruction) {
    const auto to = target_of(instruction);
    return to && *to > first && *to < end;
  });
}

std::optional<Displaceable> displaceable(CodeView code, std::uint64_t start, std::span<const Instruction> around,
                                         std::size_t first) {
  Displaceable found;
  found.at = start + first;
  bool is_over = false;  // what follows is not reached from there
  for (const Instruction& next : around) {
    if (next.at < first) continue;
    if (next.at - first >= kJumpSize) break;
    const CodeView bytes = code.subspan(next.at, next.code.head.length);
    if (is_over && next.code.head.mnemonic != ZYDIS_MNEMONIC_NOP) return std::nullopt;
    if (!is_over) {
      if (is_call(next)) {
        found.calls = start + *target_of(next);
      } else if (!does_the_same_elsewhere(bytes, next.code)) {
        return std::nullopt;
      }
      found.instructions.insert(found.instructions.end(), bytes.begin(), bytes.end());
      is_over = next.code.head.mnemonic == ZYDIS_MNEMONIC_RET || found.calls.has_value();
    }
    found.room = next.end() - first;
  }
  if (found.room < kJumpSize || leads_between(around, first, first + found.room)) return std::nullopt;
  return found;
}

std::optional<RegisterMove> register_move(const DecodedCode& code) {
  const auto operands = code.visible();
  const bool is_move = code.head.mnemonic == ZYDIS_MNEMONIC_MOV || code.head.mnemonic == ZYDIS_MNEMONIC_MOVSXD;
  if (!is_move || operands.size() != 2 || operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER ||
      operands[1].type != ZYDIS_OPERAND_TYPE_REGISTER)
    return std::nullopt;
  return RegisterMove{whole_register(operands[0].reg.value), whole_register(operands[1].reg.value)};
}

std::vector<Instruction> before(const std::vector<Instruction>& around, std::size_t at) {
  std::vector<Instruction> found;
  for (auto each = around.rbegin(); each != around.rend(); ++each)
    if (each->end() <= at) found.push_back(*each);
  return found;
}

std::optional<std::int32_t> number_set_by(std::span<const Instruction> nearest, std::size_t i) {
  const DecodedCode& code = nearest[i].code;
  if (clears(code)) return 0;
  if (code.head.mnemonic == ZYDIS_MNEMONIC_MOV) return immediate_of(code, 1);
  const bool is_popped = code.head.mnemonic == ZYDIS_MNEMONIC_POP && i + 1 < nearest.size() &&
                         nearest[i + 1].code.head.mnemonic == ZYDIS_MNEMONIC_PUSH;
  return is_popped ? immediate_of(nearest[i + 1].code, 0) : std::nullopt;
}

std::optional<Setting> setting_of(ZydisRegister whole, std::span<const Instruction> nearest) {
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    const DecodedCode& code = nearest[i].code;
    if (is_leap(code)) return std::nullopt;
    if (!writes_to(code, whole)) continue;
    if (const auto move = register_move(code)) return Setting{i, {}, move->from};
    const auto number = number_set_by(nearest, i);
    return number ? std::optional(Setting{i, number, {}}) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace recount
