// Proves that a failed exec changes nothing: the child goes on in the old image.
#include "play.h"

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    char* arguments[] = {(char*)"/nowhere/at-all", NULL};
    execv(arguments[0], arguments);        // hits 1
    say("%s\n", strerror(errno));          // hits 1
    execv("/", arguments);                 // hits 1
    say("%s\n", strerror(errno));          // hits 1
    _exit(127);                            // hits 1
  }
  tell_end("child", reap(child));          // hits 1
  return 0;                                // hits 1
}
