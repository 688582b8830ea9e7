// Proves that a signal interrupts a blocking read, and that with SA_RESTART the read goes on as if
// nothing had been.
#include <sys/time.h>

#include "play.h"

static int ends[2];
static volatile sig_atomic_t ticks;
static volatile sig_atomic_t write_at;

static void on_tick(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  int saved = errno;                                        // hits 1
  ticks++;                                                  // hits 1
  if (ticks == write_at) {                                  // hits 1
    if (write(ends[1], "x", 1) != 1) _exit(9);              // hits 1
  }
  errno = saved;                                            // hits 1
}

static void tick_every(int microseconds) {
  struct itimerval every = {{0, microseconds}, {0, microseconds}};  // hits 1
  setitimer(ITIMER_REAL, &every, NULL);                     // hits 1
}

int main(void) {
  char byte;
  if (pipe(ends) != 0) return 1;                            // hits 1
  on_signal(SIGALRM, on_tick, 0);                           // hits 1
  tick_every(5000);                                         // hits 1
  ssize_t size = read(ends[0], &byte, 1);                   // hits 1
  int error = errno;                                        // hits 1
  tick_every(0);                                            // hits 1
  say("%zd %s\n", size, error == EINTR ? "interrupted" : "?");  // hits 1
  ticks = 0;                                                // hits 1
  write_at = 4;                                             // hits 1
  on_signal(SIGALRM, on_tick, SA_RESTART);                  // hits 1
  tick_every(5000);                                         // hits 1
  size = read(ends[0], &byte, 1);                           // hits 1
  tick_every(0);                                            // hits 1
  say("%zd %c after %s ticks\n", size, byte, ticks >= 4 ? "enough" : "too few");  // hits 1
  return 0;                                                 // hits 1
}
