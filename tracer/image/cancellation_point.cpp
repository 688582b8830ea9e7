#include "tracer/image/cancellation_point.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "tracer/image/call_window.hpp"

namespace recount {
namespace {

const MachineCode kMoveAndCall{0x49, 0x89, 0xfb, 0x48, 0x89, 0xf0, 0x48, 0x89, 0xd7, 0x48, 0x89, 0xce,
                               0x4c, 0x89, 0xc2, 0x4d, 0x89, 0xca, 0x4c, 0x8b, 0x44, 0x24, 0x08, 0x4c,
                               0x8b, 0x4c, 0x24, 0x10, 0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05, 0xc3};
constexpr std::size_t kBeforeMoves = 15;  // at most: endbr64, and the test whether the thread is cancelled

constexpr std::size_t kFunctionMax = 512;
constexpr std::size_t kAlignment = 16;  // of functions

// `mov N(%rsp), REGISTER`, or of rbp: the memory. The register may be its lower half.
const ZydisDecodedOperand* loaded_from_stack(const Instruction& instruction, ZydisRegister reg) {
  const auto operands = instruction.code.visible();
  if (instruction.code.head.mnemonic != ZYDIS_MNEMONIC_MOV || operands.size() != 2) return nullptr;
  const ZydisDecodedOperand &to = operands[0], &from = operands[1];
  if (from.type != ZYDIS_OPERAND_TYPE_MEMORY) return nullptr;
  const bool is_to_it = names(to, reg);
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
      return memory->mem.base == ZYDIS_REGISTER_RBP || memory->mem.disp.value == at->depth + kStackWord;
  return false;
}

// Behind the function's own instruction, and behind its call of the assembly.
std::vector<CallSite> shared_calls(CodeView code, std::uint64_t start, const std::vector<Instruction>& function,
                                   std::size_t call_of_assembly) {
  constexpr std::int64_t kDepthMax = 100;  // within a displacement of 8 bits
  std::vector<CallSite> calls;
  const auto add = [&](std::size_t behind, const MachineCode& number) {
    if (auto displaced = displaceable(code, start, function, behind); displaced && !displaced->calls)
      calls.push_back({std::move(*displaced), CallNumber{number}, {}});
  };
  for (std::size_t i = 1; i < function.size(); ++i) {
    const Instruction& at = function[i];
    if (at.code.head.mnemonic == ZYDIS_MNEMONIC_SYSCALL) {
      if (const auto number = number_read_by(code, function[i - 1])) add(at.end(), *number);
    } else if (at.at == call_of_assembly && at.depth <= kDepthMax && hands_over_number(std::span(function).first(i))) {
      add(at.end(), above_stack_pointer(at.depth + kStackWord));
    }
  }
  return calls;
}

}  // namespace

std::optional<std::size_t> cancellable_call(CodeView code) {
  const auto places = places_of(kMoveAndCall, code);
  return places.empty() ? std::nullopt : std::optional(places.front());
}

bool leads_to_cancellable_call(const Lead& call, std::size_t moves) {
  return call.to <= moves && moves - call.to <= kBeforeMoves;
}

CallSites find_shared_calls(std::uint64_t start, CodeView code) {
  const auto assembly = cancellable_call(code);
  if (!assembly) return {};
  const std::vector<Lead> calls = leads_of(code, kCallOpcode);
  const auto to_assembly = std::find_if(calls.begin(), calls.end(),
                                        [&](const Lead& call) { return leads_to_cancellable_call(call, *assembly); });
  if (to_assembly == calls.end()) return {.is_read = false, .calls = {}};

  std::size_t first = 0, end = std::min(code.size(), to_assembly->from + kFunctionMax);
  for (const Lead& call : calls) {
    if ((start + call.to) % kAlignment != 0) continue;
    if (call.to <= to_assembly->from) first = std::max(first, call.to);
    if (call.to > to_assembly->from) end = std::min(end, call.to);
  }
  if (to_assembly->from - first > kFunctionMax) return {.is_read = false, .calls = {}};
  CallSites found;
  found.calls = shared_calls(code, start, instructions_of(code, first, end), to_assembly->from);
  found.is_read = found.calls.size() == 2;
  return found;
}

}  // namespace recount
