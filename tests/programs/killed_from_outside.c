// Proves that processes may be killed from outside at any moment: while they start, while they are
// at their first lines, while they exec. The killer is their parent's other child.
#include "play.h"

enum { kVictims = 60 };

__attribute__((noinline)) static void live(char* self, int turns) {
  char next[20];
  snprintf(next, sizeof next, "%d", turns + 1);
  execl("/proc/self/exe", self, next, (char*)NULL);
}

static void kill_after(pid_t victim, int turns) {
  for (volatile int i = 0; i < turns * 2000; i++) continue;
  kill(victim, SIGKILL);
}

int main(int argc, char** argv) {
  if (argc > 1) live(argv[0], atoi(argv[1]));
  int killed = 0;                                          // hits 1
  for (int i = 0; i < kVictims; i++) {
    pid_t victim = fork();
    if (victim == 0) live(argv[0], 0);
    pid_t killer = fork();
    if (killer == 0) {
      kill_after(victim, i);
      _exit(0);
    }
    int status = reap(victim);                             // hits 1
    killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;  // hits 1
    reap(killer);                                          // hits 1
  }
  say("killed: %d\n", killed);                             // hits 1
  return 0;                                                // hits 1
}
