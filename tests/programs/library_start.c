// Proves that the lines of a shared library are covered from its constructor on, and that a fork child inherits what
// its parent has reached in it.
#include "play.h"

int library_twice(int number);

int main(void) {
  say("%d\n", library_twice(21));  // hits 1
  pid_t child = fork();
  if (child == 0) {                // hits 2
    say("%d\n", library_twice(4));  // hits 1
    _exit(0);                      // hits 1
  }
  tell_end("child", reap(child));  // hits 1
  return 0;                        // hits 1
}
