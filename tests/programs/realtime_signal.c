// Proves that real-time signals arrive, each one, in order, and with the values that were sent.
#include "play.h"

enum { kSignals = 10 };

static volatile sig_atomic_t count;
static volatile int values[kSignals];
static volatile int queued;

static void on_value(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  values[count % kSignals] = info->si_value.sival_int;  // hits 1
  queued += info->si_code == SI_QUEUE;                  // hits 1
  count++;                                              // hits 1
}

int main(void) {
  sigset_t mask, old;
  sigemptyset(&mask);                                   // hits 1
  sigaddset(&mask, SIGRTMIN + 3);                       // hits 1
  sigprocmask(SIG_BLOCK, &mask, &old);                  // hits 1
  on_signal(SIGRTMIN + 3, on_value, 0);                 // hits 1
  pid_t root = getpid();                                // hits 1
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < kSignals; i++) {                // hits 1
      union sigval value = {.sival_int = i * i};        // hits 1
      sigqueue(root, SIGRTMIN + 3, value);              // hits 1
    }
    _exit(0);                                           // hits 1
  }
  while (count < kSignals) sigsuspend(&old);            // hits 1
  for (int i = 0; i < kSignals; i++) say("%d ", values[i]);
  say("queued: %d\n", queued);                          // hits 1
  tell_end("child", reap(child));                       // hits 1
  return 0;                                             // hits 1
}
