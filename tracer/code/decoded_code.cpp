#include "tracer/code/decoded_code.hpp"

namespace recount {

ZydisDecoder decoder_for(arch::Mode mode) {
  ZydisDecoder decoder;
  if (mode == arch::Mode::bits32)
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  else
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  return decoder;
}

bool decode(std::span<const std::uint8_t> bytes, arch::Mode mode, DecodedCode& at) {
  const ZydisDecoder decoder = decoder_for(mode);
  return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(), &at.head, at.operands.data()));
}

}  // namespace recount
