// Tells machine code that only takes a function's frame down and returns.
//
// Compiled without optimization, a function ends in such code, and gcc gives it the line of the closing brace. Nothing
// that the source says happens there: whoever arrives has executed another line just before. Where the brace itself
// does something (destructors, the implicit return of a void function, for which gcc emits a nop) there is other code.
#pragma once

#include <Zydis/Decoder.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "tracer/base/x86_64.hpp"

namespace recount {

class EpilogueReader {
 public:
  explicit EpilogueReader(arch::Mode mode);

  // The code of one row: is it nothing but frame restoring, up to a return? Handing the result over in a register and
  // the check of a stack protector's canary count as such.
  bool is_epilogue(std::span<const std::uint8_t> code) const;

  // The row that -fstack-protector adds behind the prologue: it stores the canary.
  bool is_canary_setup(std::span<const std::uint8_t> code) const;

  // The offset of the last nop, if the row is nothing but nops before an epilogue; else 0. gcc emits one nop for each
  // path that ends at the closing brace of a void function, and jumps may lead to any of them.
  std::size_t last_nop_before_epilogue(std::span<const std::uint8_t> code) const;

 private:
  arch::Mode mode_;
  ZydisDecoder decoder_;
};

}  // namespace recount
