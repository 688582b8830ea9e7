// Proves that SIGCHLD reaches the program's handler, with the child's status in it.
#include "play.h"

static volatile sig_atomic_t arrived;
static volatile sig_atomic_t code, status;

static void on_child(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  arrived++;                 // hits 1
  code = info->si_code;      // hits 1
  status = info->si_status;  // hits 1
}

int main(void) {
  sigset_t mask, old;
  sigemptyset(&mask);                        // hits 1
  sigaddset(&mask, SIGCHLD);                 // hits 1
  sigprocmask(SIG_BLOCK, &mask, &old);       // hits 1
  on_signal(SIGCHLD, on_child, 0);           // hits 1
  for (int i = 0; i < 5; i++) {
    pid_t child = fork();
    if (child == 0) {
      if (i == 3) raise(SIGUSR1);
      _exit(i);
    }
    while (arrived == i) sigsuspend(&old);   // hits 1
    const char* news = code == CLD_EXITED ? "exited" : code == CLD_KILLED ? "killed" : "?";
    say("%s %d\n", news, (int)status);       // hits 1
    reap(child);                             // hits 1
  }
  say("%d arrived\n", (int)arrived);         // hits 1
  return 0;                                  // hits 1
}
