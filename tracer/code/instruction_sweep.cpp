#include "tracer/code/instruction_sweep.hpp"

#include "tracer/code/decoded_code.hpp"
#include "tracer/code/own_bytes.hpp"

namespace recount {
namespace {

// Sound tables cover each byte once, or as often as identical functions were folded into one.
constexpr std::uint64_t kPassesMax = 16;

}  // namespace

InstructionSweep::InstructionSweep(const CodeBytes& code)
    : code_(code), decoder_(decoder_for(code.mode())), bytes_left_(kPassesMax * code.size()) {
  ZydisDecoderEnableMode(&decoder_, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE);  // lengths only
}

bool InstructionSweep::starts_at(std::uint64_t address) {
  if (address < last_) next_ = address;
  last_ = address;
  while (next_ < address) {
    const std::uint64_t length = length_at(next_);
    if (length > bytes_left_) return false;
    bytes_left_ -= length;
    next_ = length == 0 ? address : next_ + length;
  }
  return next_ == address;
}

std::uint64_t InstructionSweep::length_at(std::uint64_t address) const {
  const auto bytes = code_.from(address);
  if (const std::size_t size = signature_size(bytes)) return size;
  ZydisDecodedInstruction instruction;
  const ZyanStatus status = ZydisDecoderDecodeInstruction(&decoder_, nullptr, bytes.data(), bytes.size(), &instruction);
  return ZYAN_SUCCESS(status) ? instruction.length : 0;
}

}  // namespace recount
