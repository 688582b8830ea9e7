#include "tracer/image/cancellation_point.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "tracer/code/decoded_code.hpp"
#include "tracer/code/displaced_instruction.hpp"

namespace recount {
namespace {

using CodeView = std::span<const std::uint8_t>;

// The arguments move down by two places, then syscall and ret.
constexpr std::array<std::uint8_t, 36> kMoveAndCall{
    0x49, 0x89, 0xfb, 0x48, 0x89, 0xf0, 0x48, 0x89, 0xd7, 0x48, 0x89, 0xce, 0x4c, 0x89, 0xc2, 0x4d, 0x89, 0xca,
    0x4c, 0x8b, 0x44, 0x24, 0x08, 0x4c, 0x8b, 0x4c, 0x24, 0x10, 0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05, 0xc3};
constexpr std::size_t kBeforeMoves = 15;  // at most: endbr64, and the test whether the thread is cancelled

constexpr std::size_t kCallSize = 5, kJumpSize = 5;
constexpr std::size_t kFunctionMax = 512;
constexpr std::size_t kAlignment = 16;  // of functions
constexpr std::int64_t kWord = 8;

// Offsets into the code, of what a `call` with a distance of 32 bits leads from and to.
struct Call {
  std::size_t from, to;
};

std::vector<Call> calls_in(CodeView code) {
  std::vector<Call> calls;
  for (std::size_t at = 0; at + kCallSize <= code.size(); ++at) {
    if (code[at] != 0xe8) continue;
    std::int32_t distance = 0;
    std::memcpy(&distance, &code[at + 1], sizeof distance);
    const std::int64_t to = static_cast<std::int64_t>(at + kCallSize) + distance;
    if (to >= 0 && to < static_cast<std::int64_t>(code.size())) calls.push_back({at, static_cast<std::size_t>(to)});
  }
  return calls;
}

struct Instruction {
  std::size_t at;
  DecodedCode code;
  std::int64_t depth;  // bytes pushed before it, taken in the order of the addresses

  std::size_t end() const { return at + code.head.length; }
};

// How much more is pushed after the instruction. Of what a branch leads around the order of addresses says nothing.
std::int64_t pushed_by(const DecodedCode& code) {
  const auto operands = code.visible();
  const bool is_of_stack = operands.size() == 2 && operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                           operands[0].reg.value == ZYDIS_REGISTER_RSP &&
                           operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  switch (code.head.mnemonic) {
    case ZYDIS_MNEMONIC_PUSH: return kWord;
    case ZYDIS_MNEMONIC_POP: return -kWord;
    case ZYDIS_MNEMONIC_SUB: return is_of_stack ? operands[1].imm.value.s : 0;
    case ZYDIS_MNEMONIC_ADD: return is_of_stack ? -operands[1].imm.value.s : 0;
    default: return 0;
  }
}

std::vector<Instruction> instructions_of(CodeView code, std::size_t first, std::size_t end) {
  std::vector<Instruction> all;
  std::int64_t depth = 0;
  for (std::size_t at = first; at < end;) {
    Instruction next{at, {}, depth};
    if (!decode(code.subspan(at), next.code)) break;
    depth += pushed_by(next.code);
    at = next.end();
    all.push_back(next);
  }
  return all;
}

bool leads_between(const std::vector<Instruction>& function, std::size_t first, std::size_t end) {
  return std::any_of(function.begin(), function.end(), [&](const Instruction& instruction) {
    const auto operands = instruction.code.visible();
    if (operands.empty() || operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE ||
        operands[0].imm.is_relative == ZYAN_FALSE)
      return false;
    const std::size_t to = instruction.end() + static_cast<std::size_t>(operands[0].imm.value.s);
    return to > first && to < end;
  });
}

bool does_the_same_elsewhere(CodeView instruction, const DecodedCode& code) {
  return can_be_done(instruction) && (code.head.attributes & ZYDIS_ATTRIB_IS_RELATIVE) == 0;
}

// What a jump may displace from `first` on.
std::optional<SharedCall> displaceable(CodeView code, std::uint64_t start, const std::vector<Instruction>& function,
                                       std::size_t first) {
  SharedCall call{start + first, {}, 0, {}};
  bool has_returned = false;
  for (const Instruction& next : function) {
    if (next.at < first) continue;
    if (next.at - first >= kJumpSize) break;
    const CodeView bytes = code.subspan(next.at, next.code.head.length);
    if (has_returned && next.code.head.mnemonic != ZYDIS_MNEMONIC_NOP) return std::nullopt;
    if (!has_returned) {
      if (!does_the_same_elsewhere(bytes, next.code)) return std::nullopt;
      call.instructions.insert(call.instructions.end(), bytes.begin(), bytes.end());
      has_returned = next.code.head.mnemonic == ZYDIS_MNEMONIC_RET;
    }
    call.room = next.end() - first;
  }
  if (call.room < kJumpSize || leads_between(function, first, first + call.room)) return std::nullopt;
  return call;
}

// `mov N(%rsp), REGISTER`, or of rbp: the memory. The register may be its lower half.
const ZydisDecodedOperand* loaded_from_stack(const Instruction& instruction, ZydisRegister reg) {
  const auto operands = instruction.code.visible();
  if (instruction.code.head.mnemonic != ZYDIS_MNEMONIC_MOV || operands.size() != 2) return nullptr;
  const ZydisDecodedOperand &to = operands[0], &from = operands[1];
  if (to.type != ZYDIS_OPERAND_TYPE_REGISTER || from.type != ZYDIS_OPERAND_TYPE_MEMORY) return nullptr;
  const bool is_to_it = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, to.reg.value) == reg;
  const bool is_on_stack = from.mem.base == ZYDIS_REGISTER_RSP || from.mem.base == ZYDIS_REGISTER_RBP;
  return is_to_it && is_on_stack && from.mem.index == ZYDIS_REGISTER_NONE ? &from : nullptr;
}

std::optional<MachineCode> number_read_by(CodeView code, const Instruction& instruction) {
  const auto& head = instruction.code.head;
  if (loaded_from_stack(instruction, ZYDIS_REGISTER_RAX) == nullptr) return std::nullopt;
  const CodeView bytes = code.subspan(instruction.at + head.raw.modrm.offset, head.length - head.raw.modrm.offset);
  return MachineCode(bytes.begin(), bytes.end());
}

MachineCode above_stack_pointer(std::int64_t distance) {
  return {0x44, 0x24, static_cast<std::uint8_t>(distance)};  // disp8(%rsp)
}

// The assembly takes the number in rsi: it was loaded from where the stack is taken to have it.
bool hands_over_number(std::span<const Instruction> before) {
  for (auto at = before.rbegin(); at != before.rend(); ++at)
    if (const ZydisDecodedOperand* const memory = loaded_from_stack(*at, ZYDIS_REGISTER_RSI))
      return memory->mem.base == ZYDIS_REGISTER_RBP || memory->mem.disp.value == at->depth + kWord;
  return false;
}

// Behind the function's own instruction, and behind its call of the assembly.
std::vector<SharedCall> shared_calls(CodeView code, std::uint64_t start, const std::vector<Instruction>& function,
                                     std::size_t call_of_assembly) {
  constexpr std::int64_t kDepthMax = 100;  // within a displacement of 8 bits
  std::vector<SharedCall> calls;
  const auto add = [&](std::size_t behind, const MachineCode& number) {
    auto call = displaceable(code, start, function, behind);
    if (!call) return;
    call->number = number;
    calls.push_back(std::move(*call));
  };
  for (std::size_t i = 1; i < function.size(); ++i) {
    const Instruction& at = function[i];
    if (at.code.head.mnemonic == ZYDIS_MNEMONIC_SYSCALL) {
      if (const auto number = number_read_by(code, function[i - 1])) add(at.end(), *number);
    } else if (at.at == call_of_assembly && at.depth <= kDepthMax && hands_over_number(std::span(function).first(i))) {
      add(at.end(), above_stack_pointer(at.depth + kWord));
    }
  }
  return calls;
}

}  // namespace

SharedCalls find_shared_calls(std::uint64_t start, CodeView code) {
  const auto moves = std::search(code.begin(), code.end(), kMoveAndCall.begin(), kMoveAndCall.end());
  if (moves == code.end()) return {};
  const auto assembly = static_cast<std::size_t>(moves - code.begin());
  const std::vector<Call> calls = calls_in(code);
  const auto to_assembly = std::find_if(calls.begin(), calls.end(), [&](const Call& call) {
    return call.to <= assembly && assembly - call.to <= kBeforeMoves;
  });
  if (to_assembly == calls.end()) return {.is_read = false, .calls = {}};

  std::size_t first = 0, end = std::min(code.size(), to_assembly->from + kFunctionMax);
  for (const Call& call : calls) {
    if ((start + call.to) % kAlignment != 0) continue;
    if (call.to <= to_assembly->from) first = std::max(first, call.to);
    if (call.to > to_assembly->from) end = std::min(end, call.to);
  }
  if (to_assembly->from - first > kFunctionMax) return {.is_read = false, .calls = {}};
  SharedCalls found;
  found.calls = shared_calls(code, start, instructions_of(code, first, end), to_assembly->from);
  found.is_read = found.calls.size() == 2;
  return found;
}

}  // namespace recount
