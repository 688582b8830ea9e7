// Proves that a root which its own child kills ends as it would untraced, and that the child goes
// on.
#include "play.h"

int main(void) {
  Gate gate = gate_new();               // hits 1
  pid_t root = getpid();                // hits 1
  if (fork() == 0) {
    kill(root, SIGKILL);                // hits 1
    gate_wait(gate);                    // hits 1
    say("child: alone\n");              // hits 1
    _exit(0);                           // hits 1
  }
  for (;;) pause();
}
