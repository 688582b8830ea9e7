// Proves that signals which arrive while lines are being reached for the first time are neither
// lost nor doubled.
#include <sys/time.h>

#include "play.h"

enum { kTicks = 150 };

static volatile sig_atomic_t ticks;

static void on_tick(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  ticks++;                                          // hits 1
}

static int run_child(int number) {
  int value = number;                               // hits 60
  for (int i = 0; i < 10; i++) {                    // hits 60
    if (i % 2) {                                    // hits 60
      value += i;                                   // hits 60
    } else {
      value -= i;                                   // hits 60
    }
  }
  return value - number == 5 ? 0 : 1;               // hits 60
}

int main(void) {
  on_signal(SIGALRM, on_tick, SA_RESTART);          // hits 1
  struct itimerval every = {{0, 1000}, {0, 1000}};  // hits 1
  setitimer(ITIMER_REAL, &every, NULL);             // hits 1
  int bad = 0;                                      // hits 1
  while (ticks < 3) continue;                       // hits 1
  for (int i = 0; i < 60; i++) {
    pid_t child = fork();
    if (child == 0) {
      setitimer(ITIMER_REAL, &every, NULL);
      _exit(run_child(i));
    }
    bad += reap(child) != 0;                        // hits 1
  }
  while (ticks < kTicks) continue;                  // hits 1
  struct itimerval never = {{0, 0}, {0, 0}};        // hits 1
  setitimer(ITIMER_REAL, &never, NULL);             // hits 1
  say("%d went wrong\n", bad);                      // hits 1
  return 0;                                         // hits 1
}
