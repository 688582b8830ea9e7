// Proves that all signals which may be blocked wait while they are, real-time ones each and in
// order, others once; that they are seen waiting; and that a wait takes the lowest first.
// (SIGTRAP is left to programs of its own.)
#include "play.h"

static void block_all(sigset_t* mask) {
  sigfillset(mask);                                        // hits 1
  sigdelset(mask, SIGTRAP);                                // hits 1
  sigdelset(mask, SIGKILL);                                // hits 1
  sigdelset(mask, SIGSTOP);                                // hits 1
  sigprocmask(SIG_SETMASK, mask, NULL);                    // hits 1
}

static void send_twice(int number) {
  for (int i = 1; i <= 2; i++) {                           // hits 1
    union sigval value = {.sival_int = 100 * number + i};  // hits 1
    if (sigqueue(getpid(), number, value) != 0) say("%d: %s\n", number, strerror(errno));
  }
}

int main(void) {
  sigset_t mask;
  block_all(&mask);                                        // hits 1
  for (int number = 64; number >= 1; number--) {           // hits 1
    if (sigismember(&mask, number) == 1) send_twice(number);  // hits 1
  }
  sigset_t waiting;
  sigpending(&waiting);                                    // hits 1
  int pending = 0;                                         // hits 1
  for (int number = 1; number <= 64; number++) {           // hits 1
    pending += sigismember(&waiting, number) == 1;         // hits 1
  }
  say("waiting: %d\n", pending);                           // hits 1
  struct timespec none = {0, 0};                           // hits 1
  siginfo_t info;
  while (sigtimedwait(&mask, &info, &none) > 0) {          // hits 1
    say("%d: value %d, queued %d, from me %d\n", info.si_signo, info.si_value.sival_int,
        info.si_code == SI_QUEUE, info.si_pid == getpid());  // hits 1
  }
  say("then: %s\n", strerror(errno));                      // hits 1
  return 0;                                                // hits 1
}
