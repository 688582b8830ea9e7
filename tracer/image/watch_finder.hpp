// Finds where an int3 has to stay in an image, so that the tracer hears of what it can not see otherwise.
//
//   the dynamic linker: _dl_debug_state, which it calls whenever its list of objects has changed and where debuggers have a
//     breakpoint (glibc elf/dl-debug.c; musl ldso/dynlink.c)
//   the C library: sigaction, pthread_sigmask, clone, syscall; and where handlers return to, which has no name, but is
//     the same two instructions in glibc and musl; of 32 bits glibc has them return to the vDSO (vdso_image.hpp)
//   also ptrace, by which a program traces another
//   LeakSanitizer (compiler-rt, sanitizer_stoptheworld_linux_libcdep.cpp): behind where it puts the flags of its clone in place. By
//     these flags, which nothing else has
//
// By name in the dynamic symbols, and in those of a static program in its symbol table. Only where the function's first
// instruction can be done for a task (displaced_instruction.hpp).
#pragma once

#include <libelf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tracer/elf/elf_file.hpp"
#include "tracer/image/image.hpp"

namespace recount {

// Offsets of where signal handlers return to, as far as it is in that code.
std::vector<std::size_t> handler_returns_in(std::span<const std::uint8_t> code, arch::Mode mode);

// Ascending by address. `fd` is read only if there is something to be found.
std::vector<ImageWatch> watches_of(Elf* elf, int fd);

}  // namespace recount
