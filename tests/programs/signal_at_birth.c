// Proves that a signal which is sent to a child the moment that it is born waits for it there: it is
// handled, it kills, it stops; and none is lost between the fork and the child's first step.
#include "play.h"

enum { kChildren = 40 };

static volatile sig_atomic_t handled;

static void on_signal_of_parent(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  handled += info->si_pid == getppid() && info->si_value.sival_int == 4711;  // hits 40
}

static void wait_for_it(void) {
  sigset_t none;
  sigemptyset(&none);                                       // hits 40
  while (handled == 0) sigsuspend(&none);                   // hits 40
  _exit(50 + (int)handled);                                 // hits 40
}

static pid_t born(sigset_t* mask) {
  sigprocmask(SIG_BLOCK, mask, NULL);                       // hits 1
  return fork();
}

static int count_handled(sigset_t* mask) {
  int good = 0;                                             // hits 1
  union sigval value = {.sival_int = 4711};                 // hits 1
  for (int i = 0; i < kChildren; i++) {                     // hits 1
    pid_t child = born(mask);                               // hits 1
    if (child == 0) wait_for_it();
    sigqueue(child, SIGUSR1, value);                        // hits 1
    int status = reap(child);                               // hits 1
    good += WIFEXITED(status) && WEXITSTATUS(status) == 51;  // hits 1
  }
  return good;                                              // hits 1
}

static int count_killed(int signal_number) {
  int good = 0;                                             // hits 1
  for (int i = 0; i < kChildren; i++) {                     // hits 1
    pid_t child = fork();
    if (child == 0) {
      for (;;) pause();
    }
    kill(child, signal_number);                             // hits 1
    int status = reap(child);                               // hits 1
    good += WIFSIGNALED(status) && WTERMSIG(status) == signal_number;  // hits 1
  }
  return good;                                              // hits 1
}

static int count_stopped(void) {
  int good = 0;                                             // hits 1
  for (int i = 0; i < kChildren; i++) {                     // hits 1
    pid_t child = fork();
    if (child == 0) _exit(3);
    kill(child, SIGSTOP);                                   // hits 1
    int status = 0;                                         // hits 1
    waitpid(child, &status, WUNTRACED);                     // hits 1
    if (WIFSTOPPED(status)) {                               // hits 1
      kill(child, SIGCONT);
      status = reap(child);
    }
    good += WIFEXITED(status) && WEXITSTATUS(status) == 3;  // hits 1
  }
  return good;                                              // hits 1
}

int main(void) {
  sigset_t mask;
  sigemptyset(&mask);                                       // hits 1
  sigaddset(&mask, SIGUSR1);                                // hits 1
  on_signal(SIGUSR1, on_signal_of_parent, 0);               // hits 1
  say("handled: %d\n", count_handled(&mask));               // hits 1
  say("SIGTERM: %d\n", count_killed(SIGTERM));              // hits 1
  say("SIGKILL: %d\n", count_killed(SIGKILL));              // hits 1
  say("SIGSEGV: %d\n", count_killed(SIGSEGV));              // hits 1
  say("SIGRTMAX: %d\n", count_killed(SIGRTMAX));            // hits 1
  say("stopped: %d\n", count_stopped());                    // hits 1
  return 0;                                                 // hits 1
}
