// Whether somebody reads the processor's flags that a place in a program has: then code of ours may not change them there.
//
// Asked of those that `inc` changes (OF, SF, ZF, AF, PF; Intel SDM, volume 2). A function is called, and returns, without them: the
// System V ABI for x86-64 says of no flag but DF what it is there (section 3.2.1). So it is behind a tail call. Where the code leads is
// followed for a while; what is not known by then counts as read.
#pragma once

#include <cstdint>

#include "tracer/code/control_flow.hpp"

namespace recount {

// `address` is that of an instruction in a block that is not doubtful; asked is what it finds. The code is of 64 bits.
bool are_flags_in_use(const ControlFlow& flow, const CodeBytes& code, std::uint64_t address);

}  // namespace recount
