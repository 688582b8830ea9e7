// What a task that stands at a watch of a function of the C library is about to ask for: schema/vocabulary/event.hpp, CallDetail.
#pragma once

#include "schema/machine/address_space.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

// What can not be read, since the task gives a bad address or was killed, counts as not given.
CallDetail read_call(Tid tid, WatchKind kind, ProcessMemory& memory);

}  // namespace recount
