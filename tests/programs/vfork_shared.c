// Proves that a vfork child shares its parent's memory: a line that both reach is reached once, and
// a variable that the child sets is set.
#include "play.h"

static volatile int shared = 1;

__attribute__((noinline)) static void both(void) {
  shared += 1;                   // hits 1
}

__attribute__((noinline)) static void child_only(void) {
  shared += 10;                  // hits 1
  both();                        // hits 1
}

int main(void) {
  pid_t child = vfork();
  if (child == 0) {
    child_only();                // hits 1
    _exit(7);                    // hits 1
  }
  both();                        // hits 1
  tell_end("child", reap(child));  // hits 1
  say("shared is %d\n", shared);   // hits 1
  return 0;                      // hits 1
}
