// Proves that posix_spawn, whose child also runs in its parent's memory, leads to the new program's
// lines.
#include <spawn.h>

#include "play.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  for (int i = 0; i < 2; i++) {                                   // hits 1
    pid_t child = 0;                                              // hits 1
    if (posix_spawn(&child, argv[1], NULL, NULL, argv + 1, environ) != 0) {  // hits 1
      say("not started\n");                                       // hits 0
      return 1;                                                   // hits 0
    }
    tell_end("child", reap(child));                               // hits 1
  }
  char* nowhere[] = {(char*)"/nowhere/at-all", NULL};
  pid_t child = 0;                                                // hits 1
  int error = posix_spawn(&child, nowhere[0], NULL, NULL, nowhere, environ);  // hits 1
  say("%s\n", strerror(error));                                   // hits 1
  return 0;                                                       // hits 1
}
