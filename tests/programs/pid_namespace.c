// Proves that processes of a pid namespace of their own, which have other numbers there, are
// followed, and that all of them end with its init.
#include "namespace.h"

static int init_of_namespace(void) {
  say("init: %d, parent %d\n", getpid(), getppid());       // hits 1
  pid_t child = fork();
  if (child == 0) {
    say("child: %d, parent %d\n", getpid(), getppid());    // hits 1
    return 12;                                             // hits 1
  }
  tell_end("child", reap(child));                          // hits 1
  say("it was %d\n", child);                               // hits 1
  Gate gate = gate_new();                                  // hits 1
  if (fork() == 0) {
    gate_fire(gate);                                       // hits 1
    for (;;) pause();
  }
  gate_wait(gate);                                         // hits 1
  return 13;                                               // hits 1
}

int main(void) {
  enter_pid_namespace();                                   // hits 1
  pid_t init = fork();
  if (init == 0) {
    return init_of_namespace();                            // hits 1
  }
  tell_end("init", reap(init));                            // hits 1
  say("a next one: %d\n", fork());                         // hits 1
  return 0;                                                // hits 1
}
