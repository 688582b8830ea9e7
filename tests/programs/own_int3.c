// Proves that the program's own int3 is the program's: behind another instruction, and at the start
// of its own line, where a probe's byte and the program's byte are the same.
#include "play.h"

static volatile sig_atomic_t traps;
static volatile sig_atomic_t from_kernel;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  traps++;                                     // hits 1
  from_kernel += info->si_code == SI_KERNEL;   // hits 1
}

static void at_the_start(void) {
  asm volatile("int3");                        // hits 1
}

static void in_the_middle(void) {
  asm volatile("nop; int3; nop");              // hits 1
}

static void never(void) {
  asm volatile("int3");                        // hits 0
}

int main(int argc, char** argv) {
  (void)argv;
  on_signal(SIGTRAP, on_trap, 0);              // hits 1
  for (int i = 0; i < 3; i++) {                // hits 1
    in_the_middle();                           // hits 1
  }
  say("%d %d\n", (int)traps, (int)from_kernel);  // hits 1
  for (int i = 0; i < 3; i++) {                // hits 1
    at_the_start();                            // hits 1
  }
  say("%d %d\n", (int)traps, (int)from_kernel);  // hits 1
  if (argc > 100) {                            // hits 1
    never();                                   // hits 0
  }
  signal(SIGTRAP, SIG_DFL);                    // hits 1
  at_the_start();                              // hits 1
  return 0;                                    // hits 0
}
