// Proves that a SIGTRAP which the program raises is the program's, with its sender's marks on it.
#include "play.h"

static volatile sig_atomic_t count;
static volatile sig_atomic_t from_me;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  count++;                                                           // hits 1
  from_me += info->si_code == SI_TKILL || info->si_code == SI_USER;  // hits 1
  from_me += info->si_pid == getpid();                               // hits 1
}

int main(void) {
  on_signal(SIGTRAP, on_trap, 0);                // hits 1
  raise(SIGTRAP);                                // hits 1
  say("%d %d\n", (int)count, (int)from_me);      // hits 1
  kill(getpid(), SIGTRAP);                       // hits 1
  say("%d %d\n", (int)count, (int)from_me);      // hits 1
  pid_t child = fork();
  if (child == 0) {
    signal(SIGTRAP, SIG_DFL);                    // hits 1
    raise(SIGTRAP);                              // hits 1
    _exit(0);                                    // hits 0
  }
  tell_end("child", reap(child));                // hits 1
  return 0;                                      // hits 1
}
