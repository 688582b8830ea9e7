// What one instruction does to the flow of control, and which addresses it names.
//
// Where execution goes on is told from the machine code alone (Intel SDM volume 2). A call is not taken to return, and an
// instruction that enters the kernel is not taken to go on: the task may be another process's behind it, or nobody's.
#pragma once

#include <Zydis/Decoder.h>

#include <cstdint>
#include <optional>
#include <span>

#include "tracer/base/x86_64.hpp"

namespace recount {

enum class Flow : std::uint8_t {
  on,        // to the next instruction, or a fault
  branch,    // to the next one or to the target
  jump,      // to the target
  call,      // away; what stands behind is entered from elsewhere
  indirect,  // to an address that is computed
  end,       // nowhere that is known: ret, ud2, hlt
};

struct FlowInstruction {
  std::uint64_t address = 0;
  std::uint8_t length = 0;
  Flow flow = Flow::on;
  std::uint64_t target = 0;    // of a branch, a jump or a call; 0 of a call that is indirect
  std::uint64_t named = 0;     // an address relative to the instruction that it reads, writes or computes; 0: none
  std::uint64_t absolute = 0;  // a number that may be an address where the program is not relocated; 0: none

  std::uint64_t next() const noexcept { return address + length; }
};

class FlowReader {
 public:
  explicit FlowReader(arch::Mode mode);
  // nullopt: no instruction that we know. A signature (own_bytes.hpp) is one that just goes on.
  std::optional<FlowInstruction> read(std::uint64_t address, std::span<const std::uint8_t> code) const;

 private:
  arch::Mode mode_;
  ZydisDecoder decoder_;
};

}  // namespace recount
