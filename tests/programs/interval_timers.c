// Proves that the three interval timers fire as untraced: on the wall clock, on the processor time
// of the program, on that and the kernel's for it; again and again, and not once they are taken back.
#include <sys/time.h>

#include "play.h"

enum { kTicks = 3 };

static volatile sig_atomic_t ticks;

static void on_tick(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  ticks += info->si_code == SI_KERNEL;                      // hits 1
}

static void try_timer(const char* name, __itimer_which_t which, int signal_number) {
  struct itimerval every = {{0, 5000}, {0, 5000}}, now, never = {{0, 0}, {0, 0}};  // hits 1
  ticks = 0;                                                // hits 1
  on_signal(signal_number, on_tick, 0);                     // hits 1
  setitimer(which, &every, NULL);                           // hits 1
  for (volatile long i = 0; ticks < kTicks; i++) continue;  // hits 1
  getitimer(which, &now);                                   // hits 1
  say("%s: every %ld us, running %d, ", name, (long)now.it_interval.tv_usec,  // hits 1
      now.it_value.tv_sec == 0 && now.it_value.tv_usec > 0);  // hits 1
  setitimer(which, &never, &now);                           // hits 1
  say("was running %d, ", now.it_interval.tv_usec == 5000);  // hits 1
  getitimer(which, &now);                                   // hits 1
  say("runs still %d\n", now.it_value.tv_sec != 0 || now.it_value.tv_usec != 0);  // hits 1
}

int main(void) {
  try_timer("ITIMER_REAL", ITIMER_REAL, SIGALRM);           // hits 1
  try_timer("ITIMER_VIRTUAL", ITIMER_VIRTUAL, SIGVTALRM);   // hits 1
  try_timer("ITIMER_PROF", ITIMER_PROF, SIGPROF);           // hits 1
  pid_t child = fork();
  if (child == 0) {
    struct itimerval once = {{0, 0}, {0, 5000}};            // hits 1
    signal(SIGVTALRM, SIG_DFL);                             // hits 1
    setitimer(ITIMER_VIRTUAL, &once, NULL);                 // hits 1
    for (volatile long i = 0;; i++) continue;               // hits 1
  }
  tell_end("child", reap(child));                           // hits 1
  return 0;                                                 // hits 1
}
