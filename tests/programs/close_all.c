// Proves that a program may close every descriptor it has, and that its lines are still recorded.
#include "play.h"

int main(void) {
  say("closing\n");                          // hits 1
  for (int fd = 0; fd < 1024; fd++) {        // hits 1
    close(fd);                               // hits 1
  }
  if (write(STDOUT_FILENO, "x", 1) < 0) {    // hits 1
    return errno == EBADF ? 4 : 1;           // hits 1
  }
  return 2;                                  // hits 0
}
