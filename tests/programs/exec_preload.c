// Proves that LD_PRELOAD is the program's own: the library that it names is loaded before the
// others, and answers for one of libc's functions.
#include "play.h"

int main(int argc, char** argv) {
  if (argc > 2) {                                                  // hits 2
    say("preloaded: %s\n", getlogin());                            // hits 1
    return 18;                                                     // hits 1
  }
  pid_t child = fork();
  if (child == 0) {
    setenv("LD_PRELOAD", argv[1], 1);                              // hits 1
    execl("/proc/self/exe", argv[0], argv[1], "again", (char*)NULL);  // hits 1
    _exit(127);                                                    // hits 0
  }
  tell_end("child", reap(child));                                  // hits 1
  return 0;                                                        // hits 1
}
