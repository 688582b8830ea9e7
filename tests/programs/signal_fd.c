// Proves that signals can be read from a descriptor: what was sent, by whom, how a child ended; and
// that the descriptor is ready exactly while one waits.
#include <poll.h>
#include <sys/signalfd.h>

#include "play.h"

static int is_ready(int fd) {
  struct pollfd ready = {fd, POLLIN, 0};                    // hits 1
  return poll(&ready, 1, 0);                                // hits 1
}

static void tell(int fd, pid_t child) {
  struct signalfd_siginfo info;
  ssize_t size = read(fd, &info, sizeof info);              // hits 1
  if (size < 0) {                                           // hits 1
    say("%s\n", strerror(errno));                           // hits 1
    return;
  }
  say("%u: code %d, from me %d, from the child %d, int %d, status %d\n", info.ssi_signo,
      info.ssi_code, info.ssi_pid == (unsigned)getpid(), info.ssi_pid == (unsigned)child,
      info.ssi_int, info.ssi_status);
}

int main(void) {
  sigset_t mask;
  sigemptyset(&mask);                                       // hits 1
  sigaddset(&mask, SIGUSR1);                                // hits 1
  sigaddset(&mask, SIGCHLD);                                // hits 1
  sigaddset(&mask, SIGRTMIN + 5);                           // hits 1
  sigprocmask(SIG_BLOCK, &mask, NULL);                      // hits 1
  int fd = signalfd(-1, &mask, SFD_CLOEXEC);                // hits 1
  int without_waiting = signalfd(-1, &mask, SFD_NONBLOCK);  // hits 1
  say("ready: %d\n", is_ready(fd));                         // hits 1
  tell(without_waiting, 0);                                 // hits 1

  kill(getpid(), SIGUSR1);                                  // hits 1
  for (int i = 1; i <= 3; i++) {                            // hits 1
    union sigval value = {.sival_int = i};                  // hits 1
    sigqueue(getpid(), SIGRTMIN + 5, value);                // hits 1
  }
  say("ready: %d\n", is_ready(fd));                         // hits 1
  for (int i = 0; i < 4; i++) {                             // hits 1
    tell(fd, 0);                                            // hits 1
  }
  say("ready: %d\n", is_ready(fd));                         // hits 1

  pid_t child = fork();
  if (child == 0) {
    usleep(20000);                                          // hits 1
    _exit(42);                                              // hits 1
  }
  tell(fd, child);                                          // hits 1
  tell_end("child", reap(child));                           // hits 1
  child = fork();
  if (child == 0) {
    usleep(20000);                                          // hits 1
    abort();                                                // hits 1
  }
  tell(fd, child);                                          // hits 1
  tell_end("child", reap(child));                           // hits 1
  return 0;                                                 // hits 1
}
