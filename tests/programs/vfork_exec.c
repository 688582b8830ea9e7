// Proves that a vfork child, which runs in its parent's memory until its exec, harms neither, nor
// the program that it becomes.
#include "play.h"

static void start(char** arguments) {
  pid_t child = vfork();
  if (child == 0) {
    execv(arguments[0], arguments);            // hits 1
    _exit(126);                                // hits 0
  }
  tell_end("child", reap(child));              // hits 1
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  start(argv + 1);                             // hits 1
  start(argv + 1);                             // hits 1
  return 0;                                    // hits 1
}
