// Proves that a run whose root clones with CLONE_PARENT, a child of whoever started the run, goes
// on until that one has ended, too.
#include <sched.h>
#include <sys/syscall.h>

#include "play.h"

int main(void) {
  pid_t starter = getppid();                                  // hits 1
  Gate gate = gate_new();                                     // hits 1
  pid_t sibling = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (sibling == 0) {
    gate_wait(gate);                                          // hits 1
    say("sibling: same parent: %d\n", getppid() == starter);  // hits 1
    _exit(6);                                                 // hits 1
  }
  int status = 0;                                             // hits 1
  say("root: not mine: %d\n", waitpid(sibling, &status, __WALL) < 0 && errno == ECHILD);  // hits 1
  gate_fire(gate);                                            // hits 1
  return 5;                                                   // hits 1
}
