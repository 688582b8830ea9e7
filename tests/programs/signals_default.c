// Proves that each of the 64 signals does by default what it does untraced: a child dies of it,
// stops, or does not mind; and its parent is told exactly that.
#include <sys/resource.h>
#include <sys/syscall.h>

#include "play.h"

static void child(int number) {
  syscall(SYS_tgkill, getpid(), gettid(), number);  // hits 64
  _exit(100);                                       // hits 8
}

static int await(pid_t pid) {
  int status = 0;                                   // hits 1
  while (waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR) continue;  // hits 1
  return status;                                    // hits 1
}

int main(void) {
  struct rlimit no_core = {0, 0};                   // hits 1
  setrlimit(RLIMIT_CORE, &no_core);                 // hits 1
  for (int number = 1; number <= 64; number++) {    // hits 1
    pid_t pid = fork();
    if (pid == 0) child(number);
    int status = await(pid);                        // hits 1
    if (WIFSTOPPED(status)) {                       // hits 1
      say("%d: stopped by %d\n", number, WSTOPSIG(status));  // hits 1
      kill(pid, SIGCONT);                           // hits 1
      status = await(pid);                          // hits 1
    }
    if (WIFSIGNALED(status)) {                      // hits 1
      say("%d: killed by %d, core %d\n", number, WTERMSIG(status), WCOREDUMP(status) != 0);
    } else {
      say("%d: exited with %d\n", number, WEXITSTATUS(status));  // hits 1
    }
  }
  return 0;                                         // hits 1
}
