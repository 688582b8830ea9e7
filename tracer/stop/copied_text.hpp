// A program that copies its own text copies int3 bytes of ours with it, and runs into them where no probe is.
//
// An int3 outside all images is compared with every probe of the process, and with every watch of a conditional jump, by the bytes
// around both: what is a copy of a probe's surroundings, int3 bytes aside, is a copy of the probe. Slow (it reads the whole text), and only done for an
// int3 that nobody else explains.
#pragma once

#include <vector>

#include "schema/vocabulary/ids.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

struct CopiedInt3 {  // of which it is a copy: one of them, or none
  ProbeId probe{};
  WatchId watch{};
};

// None if the int3 at `address` is the program's own: it lies in an image, nothing like it is found, or what is found does
// not agree on the byte that belongs there.
CopiedInt3 copied_int3(Tid tid, Address address, const std::vector<Placed>& placed, const ImageStore& images,
                       ProcessMemory& memory);

}  // namespace recount
