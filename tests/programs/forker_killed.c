// Proves that a child lives on whose parent was killed before anybody could tell of it: forty parents die while they make children, other
// programs end meanwhile, and no child dies of a signal.
#include <sys/prctl.h>

#include "play.h"

enum { kVictims = 40 };

static void fork_on_and_on(void) {
  for (;;) {
    if (fork() == 0) {
      usleep(300);
      _exit(0);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
}

static int of_another_program(void) {
  pid_t child = fork();
  if (child == 0) {
    execlp("true", "true", (char*)NULL);
    _exit(127);
  }
  return reap(child);
}

int main(int argc, char** argv) {
  if (argc > 1) fork_on_and_on();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 1;  // the orphans are its children
  for (int i = 0; i < kVictims; i++) {
    pid_t victim = fork();
    if (victim == 0) {
      execl("/proc/self/exe", argv[0], "forks", (char*)NULL);
      _exit(127);
    }
    usleep(1000 + i * 150);
    kill(victim, SIGKILL);
    reap(victim);
    of_another_program();
  }
  int signaled = 0;
  for (int status; wait(&status) > 0;) signaled += WIFSIGNALED(status);
  say("children that died of a signal: %d\n", signaled);  // hits 1
  return 0;                                               // hits 1
}
