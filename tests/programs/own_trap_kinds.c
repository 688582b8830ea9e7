// Proves that every way in which a program can trap is told apart as untraced: the two-byte int 3,
// a step, breakpoints of its own in code that it made, a SIGTRAP that it sends itself with a value,
// and one that it makes up.
#include <sys/mman.h>
#include <sys/syscall.h>

#include "play.h"

static volatile sig_atomic_t count;
static siginfo_t last;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  count++;                                                 // hits 1
  last = *info;                                            // hits 1
}

static void tell(const char* how) {
  say("%s: %d traps, code %d\n", how, (int)count, last.si_code);  // hits 1
  count = 0;                                               // hits 1
}

static void step_once(void) {
  asm volatile(                                            // hits 1
      "sub $128, %%rsp\n"
      "pushfq\n"
      "orq $0x100, (%%rsp)\n"
      "popfq\n"
      "pushfq\n"
      "andq $~0x100, (%%rsp)\n"
      "popfq\n"
      "add $128, %%rsp\n" ::
          : "cc", "memory");
}

static void run_made_code(void) {
  static const unsigned char kCode[] = {0xcc, 0xcc, 0x90, 0xc3};  // int3, int3, nop, ret
  unsigned char* code = (unsigned char*)mmap(NULL, 4096, PROT_READ | PROT_WRITE,  // hits 1
                                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(code, kCode, sizeof kCode);                       // hits 1
  mprotect(code, 4096, PROT_READ | PROT_EXEC);             // hits 1
  ((void (*)(void))code)();                                // hits 1
}

int main(void) {
  on_signal(SIGTRAP, on_trap, 0);                          // hits 1
  asm volatile(".byte 0xcd, 0x03");                        // hits 1
  tell("int 3 of two bytes");                              // hits 1
  step_once();                                             // hits 1
  tell("step");                                            // hits 1
  run_made_code();                                         // hits 1
  tell("made code");                                       // hits 1
  union sigval value = {.sival_int = 9};                   // hits 1
  sigqueue(getpid(), SIGTRAP, value);                      // hits 1
  say("value %d ", last.si_value.sival_int);               // hits 1
  tell("queued");                                          // hits 1
  siginfo_t made = {.si_signo = SIGTRAP, .si_code = SI_KERNEL};  // hits 1
  syscall(SYS_rt_sigqueueinfo, getpid(), SIGTRAP, &made);  // hits 1
  tell("made up as the kernel's");                         // hits 1
  made.si_code = TRAP_TRACE;                               // hits 1
  syscall(SYS_rt_sigqueueinfo, getpid(), SIGTRAP, &made);  // hits 1
  tell("made up as a step's");                             // hits 1
  return 0;                                                // hits 1
}
