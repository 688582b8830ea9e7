// Proves that a handler which sets the trap flag in the context that it returns to gets a trap for
// each instruction there, also where these are the beginnings of lines that nobody reached before;
// and that a signal handler of the program's may run between two steps.
#include <ucontext.h>

#include "play.h"

enum { kTrapFlag = 0x100, kSteps = 200 };

static volatile sig_atomic_t steps;
static volatile sig_atomic_t others;
static volatile sig_atomic_t signals;
static volatile int value;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  ucontext_t* at = (ucontext_t*)context;            // hits 1
  if (info->si_code == TRAP_TRACE) {                // hits 1
    steps++;                                        // hits 1
  } else {
    others++;                                       // hits 1
  }
  at->uc_mcontext.gregs[REG_EFL] |= kTrapFlag;      // hits 1
  if (steps >= kSteps) at->uc_mcontext.gregs[REG_EFL] &= ~kTrapFlag;  // hits 1
}

static void on_signal_between(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  signals++;                                        // hits 1
}

static void stepped_over(void) {
  value += 1;                                       // hits 1
  value *= 3;                                       // hits 1
  if (value > 2) {                                  // hits 1
    value -= 1;                                     // hits 1
  } else {
    value += 100;                                   // hits 0
  }
  for (int i = 0; i < 5; i++) {                     // hits 1
    value += i;                                     // hits 1
  }
}

int main(void) {
  on_signal(SIGTRAP, on_trap, 0);                   // hits 1
  on_signal(SIGUSR1, on_signal_between, 0);         // hits 1
  asm volatile("int3");                             // hits 1
  stepped_over();                                   // hits 1
  raise(SIGUSR1);                                   // hits 1
  for (volatile int i = 0; i < 100; i++) continue;  // hits 1
  say("steps %d, others %d, signals %d, value %d\n", (int)steps, (int)others, (int)signals, value);
  return 0;                                         // hits 1
}
