// Proves that a child which is cloned with CLONE_PARENT is the child of its maker's parent: that
// one reaps it, its maker can not.
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "play.h"

static pid_t clone_a_sibling(void) {
  return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

int main(void) {
  pid_t root = getpid();                                      // hits 1
  pid_t* sibling = mmap(NULL, sizeof *sibling, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
  Gate gate = gate_new();                                     // hits 1
  pid_t maker = fork();
  if (maker == 0) {
    pid_t made = clone_a_sibling();                           // hits 1
    if (made == 0) {
      gate_wait(gate);                                        // hits 1
      say("sibling: the root is my parent: %d\n", getppid() == root);  // hits 1
      _exit(6);                                               // hits 1
    }
    *sibling = made;                                          // hits 1
    int status = 0;                                           // hits 1
    say("maker: not mine: %d\n", waitpid(made, &status, __WALL) < 0 && errno == ECHILD);  // hits 1
    _exit(7);                                                 // hits 1
  }
  tell_end("maker", reap(maker));                             // hits 1
  gate_fire(gate);                                            // hits 1
  tell_end("sibling", reap(*sibling));                        // hits 1
  return 0;                                                   // hits 1
}
