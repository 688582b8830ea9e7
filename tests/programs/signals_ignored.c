// Proves that ignored signals stay unnoticed, also in the middle of calls that a signal which is not
// ignored would break off even without a handler.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "play.h"

enum { kSignals = 5 };

static const int kIgnored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGUSR1, 34};

// Sends each signal some times, with a pause for the receiver to fall asleep again, then opens.
static void disturb(pid_t victim, int door) {
  for (int i = 0; i < 3 * kSignals; i++) {               // hits 5
    usleep(1000);                                        // hits 5
    kill(victim, kIgnored[i % kSignals]);                // hits 5
  }
  usleep(1000);                                          // hits 5
  if (write(door, "!", 1) != 1) _exit(9);                // hits 5
  _exit(0);                                              // hits 5
}

static pid_t start_disturber(int door) {
  pid_t victim = getpid();                               // hits 1
  pid_t child = fork();
  if (child == 0) disturb(victim, door);
  return child;                                          // hits 1
}

static void wait_epoll(int from, int timeout_ms) {
  int set = epoll_create1(0);                            // hits 1
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = from}};  // hits 1
  epoll_ctl(set, EPOLL_CTL_ADD, from, &event);           // hits 1
  int ready = epoll_wait(set, &event, 1, timeout_ms);    // hits 1
  say("epoll_wait: %d %s\n", ready, ready < 0 ? strerror(errno) : "");  // hits 1
  close(set);                                            // hits 1
}

static void wait_poll(int from) {
  struct pollfd ready = {from, POLLIN, 0};               // hits 1
  int count = poll(&ready, 1, 60000);                    // hits 1
  say("poll: %d %s\n", count, count < 0 ? strerror(errno) : "");  // hits 1
}

static void wait_select(int from) {
  fd_set set;
  FD_ZERO(&set);                                         // hits 1
  FD_SET(from, &set);                                    // hits 1
  int count = select(from + 1, &set, NULL, NULL, NULL);  // hits 1
  say("select: %d %s\n", count, count < 0 ? strerror(errno) : "");  // hits 1
}

static void wait_receive(int from) {
  char byte;
  struct timeval patience = {60, 0};                     // hits 1
  setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);  // hits 1
  ssize_t size = recv(from, &byte, 1, 0);                // hits 1
  say("recv: %zd %s\n", size, size < 0 ? strerror(errno) : "");  // hits 1
}

static void wait_semaphore(void) {
  int set = semget(IPC_PRIVATE, 1, 0600);                // hits 1
  pid_t victim = getpid();                               // hits 1
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 3 * kSignals; i++) {             // hits 1
      usleep(1000);                                      // hits 1
      kill(victim, kIgnored[i % kSignals]);              // hits 1
    }
    struct sembuf up = {0, 1, 0};                        // hits 1
    semop(set, &up, 1);                                  // hits 1
    _exit(0);                                            // hits 1
  }
  struct sembuf down = {0, -1, 0};                       // hits 1
  int result = semop(set, &down, 1);                     // hits 1
  say("semop: %d %s\n", result, result < 0 ? strerror(errno) : "");  // hits 1
  tell_end("child", reap(child));                        // hits 1
  semctl(set, 0, IPC_RMID);                              // hits 1
}

static void wait_signal(void) {
  sigset_t wanted;
  sigemptyset(&wanted);                                  // hits 1
  sigaddset(&wanted, SIGUSR2);                           // hits 1
  sigprocmask(SIG_BLOCK, &wanted, NULL);                 // hits 1
  pid_t victim = getpid();                               // hits 1
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 3 * kSignals; i++) {             // hits 1
      usleep(1000);                                      // hits 1
      kill(victim, kIgnored[i % kSignals]);              // hits 1
    }
    kill(victim, SIGUSR2);                               // hits 1
    _exit(0);                                            // hits 1
  }
  siginfo_t info;
  int got = sigwaitinfo(&wanted, &info);                 // hits 1
  say("sigwaitinfo: %d %s\n", got == SIGUSR2, got < 0 ? strerror(errno) : "");  // hits 1
  tell_end("child", reap(child));                        // hits 1
}

int main(void) {
  signal(SIGUSR1, SIG_IGN);                              // hits 1
  signal(SIGRTMIN, SIG_IGN);                             // hits 1
  for (int call = 0; call < 5; call++) {                 // hits 1
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;  // hits 1
    pid_t child = start_disturber(ends[1]);              // hits 1
    if (call == 0) wait_epoll(ends[0], -1);              // hits 1
    if (call == 1) wait_epoll(ends[0], 60000);           // hits 1
    if (call == 2) wait_poll(ends[0]);                   // hits 1
    if (call == 3) wait_select(ends[0]);                 // hits 1
    if (call == 4) wait_receive(ends[0]);                // hits 1
    tell_end("child", reap(child));                      // hits 1
    close(ends[0]);                                      // hits 1
    close(ends[1]);                                      // hits 1
  }
  wait_semaphore();                                      // hits 1
  wait_signal();                                         // hits 1
  return 0;                                              // hits 1
}
