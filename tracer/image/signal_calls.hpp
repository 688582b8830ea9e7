// Which calls of sigaction(3) and pthread_sigmask(3) have to do with SIGTRAP: only those stop.
//
// A program may set its mask 100,000 times, and few of these calls matter to an int3 (schema/machine/machine_trap.cpp). glibc makes
// them as `mov $NUMBER, %eax; syscall`: in pthread_sigmask itself, and in one place that all which set an action lead to
// (sysdeps/unix/sysv/linux/sigprocmask.c and libc_sigaction.c; seen in glibc 2.36). The arguments are the kernel's
// there. The action is a copy on the stack, and the mask was read in that function already, so that they can be read.
//
// The `mov` becomes a jump to code of ours that tests them. A call that blocks SIGTRAP stops always. One that may end
// this stops while somebody blocks it, which the machine knows: so it has a trap of its own.
//
// Where not both are found (musl, 32 bits), or there is no room, every call stops, where the function begins.
#pragma once

#include <vector>

#include "tracer/elf/elf_file.hpp"
#include "tracer/image/detour.hpp"

namespace recount {

// Takes the watches of these two out of image.watches where there are such places, and adds those of the traps. They stay ascending.
void find_signal_calls(const CodeBytes& code, std::vector<Room>& rooms, Image& image);

}  // namespace recount
