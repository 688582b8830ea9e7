// Proves that a signal which nobody handles kills the child and nobody else, and that the parent
// sees which it was.
#include "play.h"

int main(void) {
  Gate ready = gate_new();             // hits 1
  sigset_t before = hold(SIGTERM);     // hits 1
  pid_t child = fork();
  if (child == 0) {
    gate_fire(ready);                  // hits 1
    for (;;) sigsuspend(&before);      // hits 1
  }
  gate_wait(ready);                    // hits 1
  kill(child, SIGTERM);                // hits 1
  int status = reap(child);            // hits 1
  if (!WIFSIGNALED(status)) {          // hits 1
    say("not killed\n");               // hits 0
  }
  tell_end("child", status);           // hits 1
  return 0;                            // hits 1
}
