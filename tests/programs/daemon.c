// Proves that a daemon, made by two forks and a session of its own, is followed after its parents
// have gone.
#include "play.h"

int main(void) {
  Gate gate = gate_new();                  // hits 1
  pid_t child = fork();
  if (child == 0) {
    setsid();                              // hits 1
    pid_t grandchild = fork();
    if (grandchild != 0) {
      _exit(0);                            // hits 1
    }
    gate_wait(gate);                       // hits 1
    say("daemon: on its own\n");           // hits 1
    _exit(11);                             // hits 1
  }
  tell_end("first child", reap(child));    // hits 1
  say("root: done\n");                     // hits 1
  gate_fire(gate);                         // hits 1
  return 0;                                // hits 1
}
