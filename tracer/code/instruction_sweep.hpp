// Tells whether an instruction starts at an address, by decoding forward from where one is known to
// start.
//
// An int3 that replaces a byte in the middle of an instruction makes another instruction of it.
// Line tables point at first bytes, but damaged ones do not, and neither does one that describes
// code which the linker threw away.
#pragma once

#include <Zydis/Decoder.h>

#include <cstdint>

#include "tracer/elf/elf_file.hpp"

namespace recount {

class InstructionSweep {
 public:
  explicit InstructionSweep(const CodeBytes& code);

  void start(std::uint64_t address) { last_ = next_ = address; }

  // Addresses ascend from one start() to the next; a lower one counts as a start. What can't be
  // decoded (data between functions, instructions newer than the decoder) is taken to end at the
  // address asked for.
  bool starts_at(std::uint64_t address);

 private:
  std::uint64_t length_at(std::uint64_t address) const;  // 0: no instruction that we know

  const CodeBytes& code_;
  ZydisDecoder decoder_;
  std::uint64_t last_ = 0;    // asked for
  std::uint64_t next_ = 0;    // decoded up to here
  std::uint64_t bytes_left_;  // damaged tables may send us over the same code again and again: not for ever
};

}  // namespace recount
