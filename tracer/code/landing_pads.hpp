// Where exceptions are caught: addresses in the middle of functions that the unwinder jumps to, and where functions begin.
//
// .eh_frame has an FDE for each piece of code and names its language specific data area (Linux Standard Base, Core
// specification, 10.6); what that is made of GCC and clang agree on (a table of call sites, each with the distance of its landing
// pad; LLVM's ExceptionDemo and GCC's unwind-pe.h have the encodings).
#pragma once

#include <libelf.h>

#include <cstdint>
#include <vector>

namespace recount {

struct UnwindPlaces {
  std::vector<std::uint64_t> functions;  // where the code of an FDE begins
  std::vector<std::uint64_t> pads;
  bool is_whole = true;  // false: there may be pads that are not known
};

UnwindPlaces unwind_places_of(Elf* elf);

}  // namespace recount
