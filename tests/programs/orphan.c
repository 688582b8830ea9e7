// Proves that a run goes on after its root's end: the orphan starts to speak when the root is gone.
#include "play.h"

int main(void) {
  Gate gate = gate_new();             // hits 1
  if (fork() == 0) {
    gate_wait(gate);                  // hits 1
    say("orphan: still here\n");      // hits 1
    usleep(20000);                    // hits 1
    say("orphan: leaving\n");         // hits 1
    _exit(1);                         // hits 1
  }
  say("root: leaving\n");             // hits 1
  return 21;                          // hits 1
}
