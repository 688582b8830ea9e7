// Lines that have begun and that no probe has told of: where a thread is stopped between a line and the probe that tells of it.
//
// Whoever is stopped in a block has executed the block up to there, and the blocks that surely ran before it (control_flow.hpp).
#pragma once

#include <vector>

#include "schema/machine/address_space.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/stop/annexes.hpp"

namespace recount {

// A thread is stopped at `pc`, which it may have begun to execute: a fault is told of at its instruction, another signal
// before the next one.
struct StoppedAt {
  Address pc{};
  bool has_begun = false;
  ExecId exec{};
};

std::vector<Reached> quiet_lines(const StoppedAt& stop, const AddressSpace& memory, const ImageStore& images,
                                 const Annexes& annexes);

}  // namespace recount
