// Proves that the signal which a process asks for at its parent's death comes after that death,
// once.
#include <sys/prctl.h>

#include "play.h"

int main(void) {
  sigset_t wanted;
  sigemptyset(&wanted);                           // hits 1
  sigaddset(&wanted, SIGUSR2);                    // hits 1
  sigprocmask(SIG_BLOCK, &wanted, NULL);          // hits 1
  Gate gate = gate_new();                         // hits 1
  pid_t middle = fork();
  if (middle == 0) {
    Gate ready = gate_new();                      // hits 1
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGUSR2);           // hits 1
      gate_fire(ready);                           // hits 1
      siginfo_t info;
      int got = sigwaitinfo(&wanted, &info);      // hits 1
      say("orphan: %s\n", got == SIGUSR2 ? "told" : "not told");  // hits 1
      _exit(0);                                   // hits 1
    }
    gate_wait(ready);                             // hits 1
    _exit(2);                                     // hits 1
  }
  gate_wait(gate);                                // hits 1
  tell_end("middle", reap(middle));               // hits 1
  return 0;                                       // hits 1
}
