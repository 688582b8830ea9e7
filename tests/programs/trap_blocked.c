// Proves that a mask with SIGTRAP in it stays as it was over lines that are reached under it, through
// a fork too; and that a SIGTRAP that waits behind it goes on waiting, until it is let in.
#include "play.h"

static volatile sig_atomic_t traps;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  traps += info->si_code == SI_TKILL;       // hits 1
}

static int is_blocked(void) {
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);       // hits 1
  return sigismember(&now, SIGTRAP);        // hits 1
}

static int is_waiting(void) {
  sigset_t waiting;
  sigpending(&waiting);                     // hits 1
  return sigismember(&waiting, SIGTRAP);    // hits 1
}

static int some_lines(int value) {
  if (value > 3) {                          // hits 1
    value += 1;                             // hits 1
  } else {
    value += 10;                            // hits 1
  }
  return value;                             // hits 1
}

int main(void) {
  sigset_t mask, before;
  sigemptyset(&mask);                       // hits 1
  sigaddset(&mask, SIGTRAP);                // hits 1
  say("at first: %d\n", is_blocked());      // hits 1
  sigprocmask(SIG_BLOCK, &mask, &before);   // hits 1
  say("blocked: %d\n", is_blocked());       // hits 1
  say("lines: %d\n", some_lines(1));        // hits 1
  say("blocked: %d\n", is_blocked());       // hits 1
  on_signal(SIGTRAP, on_trap, 0);           // hits 1
  raise(SIGTRAP);                           // hits 1
  say("lines: %d\n", some_lines(5));        // hits 1
  say("waiting: %d, handled %d\n", is_waiting(), (int)traps);  // hits 1
  pid_t child = fork();
  if (child == 0) {
    int still = is_blocked();               // hits 1
    int inherited = is_waiting();           // hits 1
    _exit(still + 2 * inherited);           // hits 1
  }
  tell_end("child", reap(child));           // hits 1
  sigprocmask(SIG_SETMASK, &before, NULL);  // hits 1
  say("let in: %d, waiting %d, blocked %d\n", (int)traps, is_waiting(), is_blocked());  // hits 1
  return 0;                                 // hits 1
}
