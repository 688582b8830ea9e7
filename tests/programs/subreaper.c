// Proves that an orphan goes to its subreaper, not to the recorder: that one reaps it.
#include <sys/prctl.h>

#include "play.h"

int main(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);                        // hits 1
  Gate gate = gate_new();                                  // hits 1
  pid_t root = getpid();                                   // hits 1
  pid_t middle = fork();
  if (middle == 0) {
    if (fork() == 0) {
      gate_wait(gate);                                     // hits 1
      say("orphan: the root took me: %d\n", getppid() == root);  // hits 1
      _exit(31);                                           // hits 1
    }
    _exit(30);                                             // hits 1
  }
  tell_end("middle", reap(middle));                        // hits 1
  gate_fire(gate);                                         // hits 1
  tell_end("orphan", reap(-1));                            // hits 1
  say("nobody else: %d\n", wait(NULL) < 0 && errno == ECHILD);  // hits 1
  return 0;                                                // hits 1
}
