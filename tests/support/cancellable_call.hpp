// Assembly for programs that write as a C library does in which a thread can be cancelled in a system call.
#pragma once

#include <string>

namespace recount::test {

// Behind its own entry, which tests whether the thread is cancelled and then leads to `ended`: glibc and musl have it alike.
inline const std::string kMoveAndCall = R"(
  jne ended
  mov %rdi, %r11
  mov %rsi, %rax
  mov %rdx, %rdi
  mov %rcx, %rsi
  mov %r8, %rdx
  mov %r9, %r10
  mov 8(%rsp), %r8
  mov 16(%rsp), %r9
  mov %r11, 8(%rsp)
  syscall
  ret
ended:
  hlt
)";

// What is written: a text of 6 bytes, and another one in two parts.
inline const std::string kWrittenData = R"(
  .data
several: .byte 0
state: .long 0, 0, 0
saved: .quad 0
text: .ascii "hello\n"
part: .ascii "ab", "cd\n"
parts: .quad part, 2, part + 2, 3
  .bss
much: .space 256
)";

}  // namespace recount::test
