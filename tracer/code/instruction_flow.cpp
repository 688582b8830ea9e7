#include "tracer/code/instruction_flow.hpp"

#include "tracer/code/decoded_code.hpp"
#include "tracer/code/own_bytes.hpp"

namespace recount {
namespace {

bool is_call(const ZydisDecodedInstruction& head) {
  switch (head.meta.category) {
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_INTERRUPT: return true;
    default: return head.mnemonic == ZYDIS_MNEMONIC_XBEGIN || head.mnemonic == ZYDIS_MNEMONIC_XABORT;
  }
}

bool is_end(const ZydisDecodedInstruction& head) {
  switch (head.mnemonic) {
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_HLT: return true;
    default: return head.meta.category == ZYDIS_CATEGORY_RET || head.meta.category == ZYDIS_CATEGORY_SYSRET;
  }
}

Flow flow_of(const ZydisDecodedInstruction& head) {
  if (is_call(head)) return Flow::call;
  if (is_end(head)) return Flow::end;
  if (head.meta.category == ZYDIS_CATEGORY_COND_BR) return Flow::branch;
  if (head.meta.category != ZYDIS_CATEGORY_UNCOND_BR) return Flow::on;
  return head.raw.imm[0].is_relative ? Flow::jump : Flow::indirect;
}

bool has_modrm(const ZydisDecodedInstruction& head) { return (head.attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0; }

bool is_relative_to_itself(const ZydisDecodedInstruction& head) {
  return has_modrm(head) && head.raw.modrm.mod == 0 && head.raw.modrm.rm == 5;
}

}  // namespace

FlowReader::FlowReader(arch::Mode mode) : mode_(mode), decoder_(decoder_for(mode)) {}

std::optional<FlowInstruction> FlowReader::read(std::uint64_t address, std::span<const std::uint8_t> code) const {
  if (const std::size_t size = signature_size(code))
    return FlowInstruction{.address = address, .length = static_cast<std::uint8_t>(size)};
  ZydisDecodedInstruction head;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder_, nullptr, code.data(), code.size(), &head)))
    return std::nullopt;
  FlowInstruction at;
  at.address = address;
  at.length = head.length;
  at.flow = flow_of(head);
  const auto place = [this](std::uint64_t value) { return arch::narrowed(value, mode_); };
  if (head.raw.imm[0].is_relative) at.target = place(at.next() + static_cast<std::uint64_t>(head.raw.imm[0].value.s));
  if (mode_ == arch::Mode::bits64 && is_relative_to_itself(head))
    at.named = at.next() + static_cast<std::uint64_t>(head.raw.disp.value);
  else if (head.raw.disp.size == 32)
    at.absolute = place(static_cast<std::uint64_t>(head.raw.disp.value));
  if (head.raw.imm[0].size >= 32 && !head.raw.imm[0].is_relative) at.absolute = place(head.raw.imm[0].value.u);
  return at;
}

}  // namespace recount
