// Proves that each of the 64 signals reaches a handler, once, with its sender's marks on it: those
// that can't be handled say so, and the two that the C library keeps to itself are as good as others.
#include <sys/syscall.h>

#include "play.h"

enum { kSignals = 64 };

static volatile sig_atomic_t count[kSignals + 1];
static volatile sig_atomic_t genuine[kSignals + 1];

static void on_any(int signal_number, siginfo_t* info, void* context) {
  (void)context;
  count[signal_number]++;                                // hits 1
  genuine[signal_number] += info->si_signo == signal_number && info->si_code == SI_TKILL &&
                            info->si_pid == getpid() && info->si_uid == getuid();  // hits 1
}

// The C library refuses to handle the signals 32 and 33, the kernel does not. Its own way back from a
// handler is borrowed from a signal that it takes.
struct KernelAction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)(void);
  unsigned long mask;
};

static struct KernelAction with_restorer(void) {
  struct KernelAction action;
  on_signal(SIGUSR1, on_any, 0);                         // hits 1
  syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8);  // hits 1
  return action;                                         // hits 1
}

int main(void) {
  struct KernelAction action = with_restorer();          // hits 1
  for (int number = 1; number <= kSignals; number++) {   // hits 1
    if (syscall(SYS_rt_sigaction, number, &action, NULL, 8) != 0) {  // hits 1
      say("%d: %s\n", number, strerror(errno));          // hits 1
      continue;                                          // hits 1
    }
    syscall(SYS_tgkill, getpid(), gettid(), number);     // hits 1
    say("%d: %d %d\n", number, (int)count[number], (int)genuine[number]);  // hits 1
  }
  return 0;                                              // hits 1
}
