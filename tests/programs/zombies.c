// Proves that children whose parent never waits stay there for it, ended, as long as it lives, and
// that the run ends with it.
#include "play.h"

enum { kChildren = 30 };

static int has_ended(pid_t child) {
  siginfo_t info;
  memset(&info, 0, sizeof info);                                      // hits 1
  return waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child;  // hits 1
}

int main(void) {
  pid_t children[kChildren];
  for (int i = 0; i < kChildren; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      _exit(i);                                            // hits 30
    }
  }
  int zombies = 0;                                         // hits 1
  for (int i = 0; i < kChildren; i++) {                    // hits 1
    zombies += has_ended(children[i]) && kill(children[i], 0) == 0;  // hits 1
  }
  say("%d zombies\n", zombies);                            // hits 1
  return 2;                                                // hits 1
}
