// Where the C library writes: behind which of its system calls the recorder learns what went out.
//
// glibc makes each of these calls as `mov $NUMBER, %eax; syscall; cmp $-4096, %rax`, in write(2) as in its inner functions, in
// libc.so, ld.so and static programs (sysdeps/unix/sysv/linux/x86_64/64/sysdep.h; seen in glibc 2.36). At the
// comparison the arguments are still in their registers, and the result says how much was written. Since glibc 2.41 only its
// inner functions do; write(2) itself shares its system call with others (tracer/image/cancellation_point.hpp).
//
// musl's functions share a system call as well; what they have in common and where each number is kept is read from
// the instructions (tracer/image/musl_calls.hpp).
//
// What else makes calls of its own of that form is watched as well, in any image: the sanitizers' reports are written so
// (internal_write of compiler-rt and libsanitizer; seen in gcc 12 and 14 and clang 14), by a program that has their code in itself or by their libraries.
//
// Most of what a program writes goes to other descriptors than 1 and 2, and must not stop it. So the comparison becomes a jump to
// code of ours that tests the descriptor, and has an int3 for the two alone; behind a shared call it tests the number as well.
// That code (detour.hpp) is no part of the system call: a signal that comes in the call finds the program where it would be untraced.
//
// Go's runtime has two places: write1, for print and for what a panic says, like glibc's; and Syscall6, by which all else goes. Behind
// that call its number is lost. So the detour stands before the call, and makes it itself where a descriptor 1 or 2 is written to
// (internal/runtime/syscall/asm_linux_amd64.s and runtime/sys_linux_amd64.s; seen in Go 1.19 and 1.24). Meanwhile a signal finds
// the pc in the detour, which Go's handlers take for foreign code. Without room for that it is not watched.
//
// Elsewhere, without room the int3 stands at the comparison, and every call stops. A shared call is not watched then: a library whose
// write(2) can't be watched has no watch at all, so that a report says that its output is not known.
#pragma once

#include <vector>

#include "tracer/elf/elf_file.hpp"
#include "tracer/image/detour.hpp"

namespace recount {

// Adds to image.watches, which stay ascending, and image.detours.
void find_output(const CodeBytes& code, std::vector<Room>& rooms, Image& image);

}  // namespace recount
