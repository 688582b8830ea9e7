// Proves that a parent which waits as after vfork does not always share its memory: here it is
// copied.
#include <sched.h>
#include <sys/syscall.h>

#include "play.h"

static volatile int copied = 1;

__attribute__((noinline)) static void both(void) {
  copied += 1;                          // hits 2
}

int main(void) {
  long child = syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    both();                             // hits 1
    copied += 100;                      // hits 1
    say("child: %d\n", copied);         // hits 1
    _exit(0);                           // hits 1
  }
  both();                               // hits 1
  tell_end("child", reap((pid_t)child));  // hits 1
  say("parent: %d\n", copied);          // hits 1
  return 0;                             // hits 1
}
