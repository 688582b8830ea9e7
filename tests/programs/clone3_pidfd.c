// Proves that clone3 with a pidfd works: the descriptor tells the end, takes a signal, and reaps.
#include <linux/sched.h>
#include <poll.h>
#include <sys/syscall.h>

#include "play.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static pid_t clone_with_pidfd(int* pidfd) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = CLONE_PIDFD;
  arguments.pidfd = (unsigned long)pidfd;
  arguments.exit_signal = SIGCHLD;
  return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

static void wait_for_end(int pidfd) {
  struct pollfd end = {pidfd, POLLIN, 0};                      // hits 1
  while (poll(&end, 1, -1) < 0) continue;                      // hits 1
  siginfo_t info;
  memset(&info, 0, sizeof info);                               // hits 1
  waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);                // hits 1
  say("code %d, status %d\n", info.si_code, info.si_status);   // hits 1
  close(pidfd);                                                // hits 1
}

int main(void) {
  int pidfd = -1;                                              // hits 1
  if (clone_with_pidfd(&pidfd) == 0) {
    _exit(4);                                                  // hits 1
  }
  wait_for_end(pidfd);                                         // hits 1
  int ready[2];
  if (pipe(ready) != 0) return 1;                              // hits 1
  if (clone_with_pidfd(&pidfd) == 0) {
    for (ssize_t n = write(ready[1], "x", 1); n == 1;) pause();  // hits 1
  }
  char ready_byte;
  if (read(ready[0], &ready_byte, 1) != 1) return 1;           // hits 1
  syscall(SYS_pidfd_send_signal, pidfd, SIGUSR1, NULL, 0);     // hits 1
  wait_for_end(pidfd);                                         // hits 1
  return 0;                                                    // hits 1
}
