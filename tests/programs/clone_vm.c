// Proves that a process which shares its parent's memory without being a thread reaches each line
// once with it.
#include <sched.h>

#include "play.h"

static int shared = 1;
static char stack[256 * 1024] __attribute__((aligned(64)));

__attribute__((noinline)) static void both(void) {
  shared += 1;                  // hits 1
}

static int child_main(void* argument) {
  shared += *(int*)argument;    // hits 1
  both();                       // hits 1
  return 13;                    // hits 1
}

int main(void) {
  int ten = 10;                 // hits 1
  pid_t child = clone(child_main, stack + sizeof stack, CLONE_VM | SIGCHLD, &ten);
  tell_end("child", reap(child));   // hits 1
  both();                           // hits 1
  say("shared is %d\n", shared);    // hits 1
  return 0;                         // hits 1
}
