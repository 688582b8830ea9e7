// Proves that a thread may wait for its signals instead of handling them: it gets each with who sent
// it, waits no longer than it said, and is called away by a signal that it does not wait for.
#include <time.h>

#include "play.h"

static void on_other(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  say("handler of %d\n", signal_number);            // hits 1
}

static pid_t send_later(int signal_number, int value) {
  pid_t root = getpid();                            // hits 1
  pid_t child = fork();
  if (child == 0) {
    usleep(20000);                                  // hits 5
    union sigval payload = {.sival_int = value};    // hits 5
    sigqueue(root, signal_number, payload);         // hits 5
    _exit(value);                                   // hits 5
  }
  return child;                                     // hits 1
}

static void tell(int got, const siginfo_t* info, pid_t sender) {
  if (got < 0) {                                    // hits 1
    say("%s\n", strerror(errno));                   // hits 1
    return;                                         // hits 1
  }
  say("%d, code %d, from the child %d, mine %d, value %d\n", got, info->si_code,  // hits 1
      info->si_pid == sender, info->si_uid == getuid(), info->si_value.sival_int);  // hits 1
}

int main(void) {
  sigset_t wanted;
  sigemptyset(&wanted);                             // hits 1
  sigaddset(&wanted, SIGUSR1);                      // hits 1
  sigaddset(&wanted, SIGRTMAX);                     // hits 1
  sigprocmask(SIG_BLOCK, &wanted, NULL);            // hits 1
  on_signal(SIGUSR2, on_other, SA_RESTART);         // hits 1
  siginfo_t info;
  struct timespec long_enough = {60, 0}, short_time = {0, 10 * 1000 * 1000};  // hits 1

  pid_t child = send_later(SIGUSR1, 5);             // hits 1
  tell(sigwaitinfo(&wanted, &info), &info, child);  // hits 1
  tell_end("child", reap(child));                   // hits 1

  child = send_later(SIGRTMAX, 6);                  // hits 1
  tell(sigtimedwait(&wanted, &info, &long_enough), &info, child);  // hits 1
  tell_end("child", reap(child));                   // hits 1

  tell(sigtimedwait(&wanted, &info, &short_time), &info, child);  // hits 1

  child = send_later(SIGUSR2, 7);                   // hits 1
  tell(sigwaitinfo(&wanted, &info), &info, child);  // hits 1
  tell_end("child", reap(child));                   // hits 1

  child = send_later(SIGUSR1, 8);                   // hits 1
  int got = 0;                                      // hits 1
  int error = sigwait(&wanted, &got);               // hits 1
  say("sigwait: %d %d\n", error, got);              // hits 1
  tell_end("child", reap(child));                   // hits 1

  sigset_t none;
  sigemptyset(&none);                               // hits 1
  child = send_later(SIGUSR2, 9);                   // hits 1
  sigsuspend(&none);                                // hits 1
  say("sigsuspend: %s\n", strerror(errno));         // hits 1
  tell_end("child", reap(child));                   // hits 1
  return 0;                                         // hits 1
}
