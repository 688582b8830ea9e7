// Proves that a timer can be read from a descriptor: it waits, is ready for poll and epoll, counts
// what was missed, and is silent once it is disarmed.
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "play.h"

static void set(int fd, long first_ns, long interval_ns) {
  struct itimerspec when = {{0, interval_ns}, {0, first_ns}};  // hits 1
  timerfd_settime(fd, 0, &when, NULL);                   // hits 1
}

static uint64_t expirations(int fd) {
  uint64_t count = 0;                                    // hits 1
  if (read(fd, &count, sizeof count) < 0) say("read: %s\n", strerror(errno));  // hits 1
  return count;                                          // hits 1
}

static int is_ready(int fd, int wait_ms) {
  struct pollfd ready = {fd, POLLIN, 0};                 // hits 1
  return poll(&ready, 1, wait_ms);                       // hits 1
}

int main(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);  // hits 1
  int waiting = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);  // hits 1
  say("ready: %d\n", is_ready(fd, 0));                   // hits 1
  expirations(fd);                                       // hits 1
  set(fd, 5000000, 0);                                   // hits 1
  say("ready: %d\n", is_ready(fd, 60000));               // hits 1
  say("expired %d times\n", (int)expirations(fd));       // hits 1
  set(waiting, 5000000, 0);                              // hits 1
  say("expired %d times\n", (int)expirations(waiting));  // hits 1
  set(fd, 1000000, 1000000);                             // hits 1
  int set_of_one = epoll_create1(0);                     // hits 1
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};  // hits 1
  epoll_ctl(set_of_one, EPOLL_CTL_ADD, fd, &event);      // hits 1
  say("ready: %d\n", epoll_wait(set_of_one, &event, 1, 60000));  // hits 1
  usleep(20000);                                         // hits 1
  say("several times: %d\n", expirations(fd) > 3);       // hits 1
  set(fd, 0, 0);                                         // hits 1
  say("ready: %d\n", is_ready(fd, 20));                  // hits 1
  pid_t child = fork();
  if (child == 0) {
    set(waiting, 5000000, 0);                            // hits 1
    _exit((int)expirations(waiting));                    // hits 1
  }
  tell_end("child", reap(child));                        // hits 1
  return 0;                                              // hits 1
}
