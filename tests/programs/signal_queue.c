// Proves that blocked signals wait in their queues and are taken with sigwaitinfo: real-time ones
// each, others once.
#include "play.h"

int main(void) {
  sigset_t mask;
  sigemptyset(&mask);                                 // hits 1
  sigaddset(&mask, SIGUSR1);                          // hits 1
  sigaddset(&mask, SIGRTMIN);                         // hits 1
  sigaddset(&mask, SIGRTMIN + 1);                     // hits 1
  sigprocmask(SIG_BLOCK, &mask, NULL);                // hits 1
  for (int i = 1; i <= 3; i++) {                      // hits 1
    union sigval value = {.sival_int = i};            // hits 1
    sigqueue(getpid(), SIGRTMIN + 1, value);          // hits 1
    sigqueue(getpid(), SIGRTMIN, value);              // hits 1
    kill(getpid(), SIGUSR1);                          // hits 1
  }
  struct timespec none = {0, 0};                      // hits 1
  siginfo_t info;
  int got;
  while ((got = sigtimedwait(&mask, &info, &none)) > 0) {  // hits 1
    if (got == SIGUSR1) {                             // hits 1
      say("SIGUSR1, sent by kill: %d\n", info.si_code == SI_USER);  // hits 1
    } else {
      say("SIGRTMIN+%d, value %d, queued: %d\n", got - SIGRTMIN, info.si_value.sival_int,
          info.si_code == SI_QUEUE);
    }
  }
  return 0;                                           // hits 1
}
