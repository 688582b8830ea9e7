// Proves that fork and exec lead to the other program's lines; its path is the first argument.
#include "play.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  for (int i = 0; i < 2; i++) {                // hits 1
    pid_t child = fork();
    if (child == 0) {
      execv(argv[1], argv + 1);                // hits 2
      _exit(126);                              // hits 0
    }
    tell_end("child", reap(child));            // hits 1
  }
  return 5;                                    // hits 1
}
