#include "tracer/code/decoded_code.hpp"

namespace recount {

bool decode(std::span<const std::uint8_t> bytes, DecodedCode& at) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(), &at.head, at.operands.data()));
}

}  // namespace recount
