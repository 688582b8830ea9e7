// Where musl makes the system calls by which it writes.
//
// Most of its functions, write(2) and writev(2) among them, pass the call's number to one function, __syscall_cp. In a static
// program that cancels no thread that is no more than the call (src/thread/__syscall_cp.c): then the callers know the
// number, each its own. Else it calls assembly (src/thread/x86_64/syscall_cp.s) or, where the thread
// may not be cancelled, makes the call itself, and keeps the number in a register meanwhile (src/thread/pthread_cancel.c). Streams write by a call of
// their own, in a loop (src/stdio/__stdio_write.c). Seen in musl 1.2.3 and 1.2.5, of gcc with -O2, -O3 and -Os.
//
// How the compiler has arranged that is read from the instructions around each call.
#pragma once

#include <cstdint>
#include <functional>

#include "tracer/image/cancellation_point.hpp"

namespace recount {

// No calls: it is not musl. `code` begins at the address `start`; `is_write` tells by a call's number whether it writes.
CallSites find_musl_calls(std::uint64_t start, CodeView code, const std::function<bool(std::int32_t)>& is_write);

}  // namespace recount
