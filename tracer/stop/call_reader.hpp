// What a task that stands at a watch of a function of the C library is about to ask for: schema/vocabulary/event.hpp, CallDetail.
#pragma once

#include "schema/machine/address_space.hpp"
#include "schema/vocabulary/observation.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

// What can not be read, since the task gives a bad address or was killed, counts as not given. Numbers of system calls are those of
// x86-64, of a program of 32 bits as well.
CallDetail read_call(Tid tid, WatchKind kind, ProcessMemory& memory);

// Of a task that has made another and has not returned: whether that is in its memory, by the call and its flags (CLONE_VM).
MemorySharing sharing_by_call(Tid parent, ProcessMemory& memory);

// Of clone(2), or of the system call by syscall(2): CLONE_UNTRACED is taken out of its flags. Returns 0 or an errno.
int trace_child(Tid tid, WatchKind kind, ProcessMemory& memory);

}  // namespace recount
