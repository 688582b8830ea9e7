// Proves that system() works, whose child is made by vfork and watched with SIGCHLD blocked and
// SIGINT ignored.
#include "play.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  char command[4096];
  snprintf(command, sizeof command, "'%s' system; '%s' again", argv[1], argv[1]);  // hits 1
  tell_end("shell", system(command));           // hits 1
  tell_end("shell", system("exit 9"));          // hits 1
  tell_end("shell", system("kill -TERM $$"));   // hits 1
  return 0;                                     // hits 1
}
