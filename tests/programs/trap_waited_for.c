// Proves that a program may block SIGTRAP and wait for it: sigtimedwait and a descriptor give each
// that was sent, with its value, though lines are reached in between.
#include <sys/signalfd.h>
#include <time.h>

#include "play.h"

int main(void) {
  sigset_t mask;
  sigemptyset(&mask);                                     // hits 1
  sigaddset(&mask, SIGTRAP);                              // hits 1
  sigprocmask(SIG_BLOCK, &mask, NULL);                    // hits 1
  union sigval value = {.sival_int = 21};                 // hits 1
  sigqueue(getpid(), SIGTRAP, value);                     // hits 1
  siginfo_t info;
  struct timespec limit = {60, 0}, none = {0, 0};         // hits 1
  int got = sigtimedwait(&mask, &info, &limit);           // hits 1
  say("%d, code %d, value %d\n", got, info.si_code, info.si_value.sival_int);  // hits 1
  got = sigtimedwait(&mask, &info, &none);                // hits 1
  say("%d %s\n", got, strerror(errno));                   // hits 1
  int fd = signalfd(-1, &mask, SFD_NONBLOCK);             // hits 1
  struct signalfd_siginfo read_info;
  value.sival_int = 22;                                   // hits 1
  sigqueue(getpid(), SIGTRAP, value);                     // hits 1
  ssize_t size = read(fd, &read_info, sizeof read_info);  // hits 1
  say("%d, %u, int %d\n", size == sizeof read_info, read_info.ssi_signo, read_info.ssi_int);
  size = read(fd, &read_info, sizeof read_info);          // hits 1
  say("%zd %s\n", size, strerror(errno));                 // hits 1
  return 0;                                               // hits 1
}
