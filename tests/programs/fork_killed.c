// Proves that a process may be killed at any moment of its forks: forty die while they make
// children.
#include "play.h"

enum { kVictims = 40, kForks = 30 };

static void fork_on_and_on(void) {
  signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < kForks; i++) {
    if (fork() == 0) _exit(0);
    if (i == 1) say(".");
  }
  for (;;) pause();
}

int main(void) {
  int killed = 0;                                   // hits 1
  for (int i = 0; i < kVictims; i++) {
    int ready[2];
    if (pipe(ready) != 0) return 1;
    pid_t victim = fork();
    if (victim == 0) {
      dup2(ready[1], STDOUT_FILENO);
      close(ready[0]);
      close(ready[1]);
      fork_on_and_on();
    }
    close(ready[1]);                                // hits 1
    char byte;
    if (read(ready[0], &byte, 1) != 1) return 1;
    kill(victim, SIGKILL);                          // hits 1
    close(ready[0]);                                // hits 1
    int status = reap(victim);                      // hits 1
    killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;  // hits 1
  }
  say("killed: %d\n", killed);                      // hits 1
  return 0;                                         // hits 1
}
