// The kernel's part of ptrace(2) and wait4(2), played for a task that LeakSanitizer has cloned to stop its process
// (schema/machine/machine_tracer.cpp). It shares the memory of those that it asks about.
//
// Of the stop where a system call is entered: a task whose number of the call is -1 by then makes none, and has as its result what
// stands there (do_syscall_64, arch/x86/entry/common.c, Linux 4.19 to 6.18).
#pragma once

#include "schema/vocabulary/observation.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

// What a task enters: a call of ptrace or wait4, and which task it is about; none that could not stop any more, or whose number
// here is another. Nothing of another call.
CallDetail served_call(Tid tid);

// Returns 0, or an errno of what could not be done to `tid` itself. What the call is refused for is its result.
int serve(Tid tid, Tid target, ProcessMemory& memory);

}  // namespace recount
