// What a thread waits for in the kernel, from the system call that our stop broke off (broken_off_call) and the functions that it is in.
#pragma once

#include <optional>

#include "tracer/base/x86_64.hpp"
#include "tracer/crash/crash.hpp"

namespace recount {

// The call by the number that /proc/TID/syscall says, of one that can't stop; nothing if it runs.
std::optional<arch::BrokenOffCall> call_in_proc(Tid tid, arch::Mode mode);

// Nothing is changed, and `memory` (/proc/TID/mem) is read. A mutex and a joined thread are told by the function that waits: who holds a
// mutex stands in it (struct __pthread_mutex_s, glibc and musl differ: glibc's is known here, "owner" behind "lock" and "count").
CrashWait wait_of(Tid tid, const arch::BrokenOffCall& call, const std::vector<CrashFrame>& frames, int memory);

}  // namespace recount
