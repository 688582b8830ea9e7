// Proves that a program which steps itself with the trap flag gets each of its steps.
#include "play.h"

static volatile sig_atomic_t steps;
static volatile sig_atomic_t other;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  if (info->si_code == TRAP_TRACE) {   // hits 1
    steps++;                           // hits 1
  } else {
    other++;                           // hits 0
  }
}

int main(void) {
  on_signal(SIGTRAP, on_trap, 0);      // hits 1
  asm volatile(
      "sub $128, %%rsp\n"
      "pushfq\n"
      "orq $0x100, (%%rsp)\n"
      "popfq\n"
      "nop\n"
      "nop\n"
      "nop\n"
      "pushfq\n"
      "andq $~0x100, (%%rsp)\n"
      "popfq\n"
      "add $128, %%rsp\n" ::
          : "cc", "memory");
  say("%d steps, %d others\n", (int)steps, (int)other);  // hits 1
  return 0;                            // hits 1
}
