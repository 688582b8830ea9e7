// Proves that each call which waits is broken off by a handled signal, or taken up again after the
// handler where SA_RESTART says so, and which ones are: as untraced.
//
// The signal comes every few milliseconds. Where the call may be broken off the door stays shut, so
// that it has to be; where it may go on, the handler opens it at the fourth signal.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "play.h"

enum { kOpenAt = 4 };

static volatile sig_atomic_t ticks;
static volatile sig_atomic_t may_open;
static volatile int futex_word;
static int door[2];

static void on_tick(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  int saved = errno;                                        // hits 1
  ticks++;                                                  // hits 1
  if (may_open && ticks == kOpenAt) {                       // hits 1
    if (write(door[1], "x", 1) != 1) _exit(9);              // hits 1
    futex_word = 1;                                         // hits 1
    syscall(SYS_futex, &futex_word, FUTEX_WAKE, 1, NULL, NULL, 0);  // hits 1
  }
  errno = saved;                                            // hits 1
}

static void tick_every(int microseconds) {
  struct itimerval every = {{0, microseconds}, {0, microseconds}};  // hits 1
  setitimer(ITIMER_REAL, &every, NULL);                     // hits 1
}

static long call_read(void) {
  char byte;
  return read(door[0], &byte, 1);                           // hits 1
}

static long call_recv(void) {
  char byte;
  return recv(door[0], &byte, 1, 0);                        // hits 1
}

static long call_poll(void) {
  struct pollfd ready = {door[0], POLLIN, 0};               // hits 1
  return poll(&ready, 1, -1);                               // hits 1
}

static long call_poll_with_limit(void) {
  struct pollfd ready = {door[0], POLLIN, 0};               // hits 1
  return poll(&ready, 1, 60000);                            // hits 1
}

static long call_ppoll(void) {
  struct pollfd ready = {door[0], POLLIN, 0};               // hits 1
  struct timespec limit = {60, 0};                          // hits 1
  return ppoll(&ready, 1, &limit, NULL);                    // hits 1
}

static long call_select(void) {
  fd_set set;
  struct timeval limit = {60, 0};                           // hits 1
  FD_ZERO(&set);                                            // hits 1
  FD_SET(door[0], &set);                                    // hits 1
  return select(door[0] + 1, &set, NULL, NULL, &limit);     // hits 1
}

static long call_pselect(void) {
  fd_set set;
  FD_ZERO(&set);                                            // hits 1
  FD_SET(door[0], &set);                                    // hits 1
  return pselect(door[0] + 1, &set, NULL, NULL, NULL, NULL);  // hits 1
}

static long call_epoll(void) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = door[0]}};  // hits 1
  int set = epoll_create1(0);                               // hits 1
  epoll_ctl(set, EPOLL_CTL_ADD, door[0], &event);           // hits 1
  long ready = epoll_wait(set, &event, 1, 60000);           // hits 1
  int saved = errno;                                        // hits 1
  close(set);                                               // hits 1
  errno = saved;                                            // hits 1
  return ready;                                             // hits 1
}

static long call_nanosleep(void) {
  struct timespec span = {60, 0}, left = {0, 0};            // hits 1
  long result = nanosleep(&span, &left);                    // hits 1
  return result < 0 && left.tv_sec < 30 ? 77 : result;      // hits 1
}

static long call_clock_nanosleep(void) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);                   // hits 1
  until.tv_sec += 60;                                       // hits 1
  errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);  // hits 1
  return errno == 0 ? 0 : -1;                               // hits 1
}

static long call_futex(void) {
  return syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 || errno == EAGAIN ? 0
                                                                                               : -1;
}

static long call_futex_with_limit(void) {
  struct timespec limit = {60, 0};                          // hits 1
  return syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, &limit, NULL, 0);  // hits 1
}

static long call_accept(void) {
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);           // hits 1
  struct sockaddr_un nameless = {.sun_family = AF_UNIX};    // hits 1
  bind(listener, (struct sockaddr*)&nameless, sizeof(sa_family_t));  // hits 1
  listen(listener, 1);                                      // hits 1
  long result = accept(listener, NULL, NULL);               // hits 1
  int saved = errno;                                        // hits 1
  close(listener);                                          // hits 1
  errno = saved;                                            // hits 1
  return result;                                            // hits 1
}

static long call_msgrcv(void) {
  struct {
    long type;
    char text[8];
  } message;
  int queue = msgget(IPC_PRIVATE, 0600);                    // hits 1
  long result = msgrcv(queue, &message, sizeof message.text, 0, 0);  // hits 1
  int saved = errno;                                        // hits 1
  msgctl(queue, IPC_RMID, NULL);                            // hits 1
  errno = saved;                                            // hits 1
  return result;                                            // hits 1
}

static long call_semop(void) {
  int set = semget(IPC_PRIVATE, 1, 0600);                   // hits 1
  struct sembuf down = {0, -1, 0};                          // hits 1
  long result = semop(set, &down, 1);                       // hits 1
  int saved = errno;                                        // hits 1
  semctl(set, 0, IPC_RMID);                                 // hits 1
  errno = saved;                                            // hits 1
  return result;                                            // hits 1
}

static long call_pause(void) { return pause(); }

// A child holds the lock, or lives, until the door opens.
static pid_t start_holder(int file) {
  int ready[2];
  if (pipe(ready) != 0) _exit(9);                           // hits 1
  pid_t child = fork();
  if (child == 0) {
    struct pollfd open = {door[0], POLLIN, 0};              // hits 4
    char byte = 'r';                                        // hits 4
    if (file >= 0) flock(file, LOCK_EX);                    // hits 4
    if (write(ready[1], &byte, 1) != 1) _exit(9);           // hits 4
    while (poll(&open, 1, -1) < 0) continue;                // hits 4
    _exit(0);                                               // hits 4
  }
  char byte;
  while (read(ready[0], &byte, 1) < 0) continue;            // hits 1
  close(ready[0]);                                          // hits 1
  close(ready[1]);                                          // hits 1
  return child;                                             // hits 1
}

static void let_holder_go(pid_t child) {
  if (!may_open && write(door[1], "x", 1) != 1) _exit(9);   // hits 1
  reap(child);                                              // hits 1
}

static long call_wait(void) {
  pid_t child = start_holder(-1);                           // hits 1
  long result = waitpid(child, NULL, 0) == child ? 0 : -1;  // hits 1
  int saved = errno;                                        // hits 1
  if (result < 0) let_holder_go(child);                     // hits 1
  errno = saved;                                            // hits 1
  return result;                                            // hits 1
}

static long call_flock(void) {
  int held = open("/tmp", O_TMPFILE | O_RDWR, 0600);        // hits 1
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", held);    // hits 1
  int again = open(path, O_RDWR);                           // hits 1
  pid_t child = start_holder(held);                         // hits 1
  close(held);                                              // hits 1
  long result = flock(again, LOCK_EX);                      // hits 1
  int saved = errno;                                        // hits 1
  let_holder_go(child);                                     // hits 1
  close(again);                                             // hits 1
  errno = saved;                                            // hits 1
  return result;                                            // hits 1
}

static void try_call(const char* name, long (*call)(void), int flags, int opens) {
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, door) != 0) _exit(9);  // hits 1
  ticks = 0;                                                // hits 1
  futex_word = 0;                                           // hits 1
  may_open = opens;                                         // hits 1
  on_signal(SIGALRM, on_tick, flags);                       // hits 1
  tick_every(8000);                                         // hits 1
  long result = call();                                     // hits 1
  int error = errno;                                        // hits 1
  tick_every(0);                                            // hits 1
  say("%s%s: %ld %s\n", name, flags != 0 ? ", to be restarted" : "", result,  // hits 1
      result < 0 ? strerror(error) : "");                   // hits 1
  close(door[0]);                                           // hits 1
  close(door[1]);                                           // hits 1
}

static void try_restarted(const char* name, long (*call)(void)) {
  try_call(name, call, 0, 0);                               // hits 1
  try_call(name, call, SA_RESTART, 1);                      // hits 1
}

static void try_broken_off(const char* name, long (*call)(void)) {
  try_call(name, call, 0, 0);                               // hits 1
  try_call(name, call, SA_RESTART, 0);                      // hits 1
}

int main(void) {
  try_restarted("read", call_read);                         // hits 1
  try_restarted("recv", call_recv);                         // hits 1
  try_restarted("waitpid", call_wait);                      // hits 1
  try_restarted("flock", call_flock);                       // hits 1
  try_restarted("futex", call_futex);                       // hits 1
  try_broken_off("poll", call_poll);                        // hits 1
  try_broken_off("poll with a limit", call_poll_with_limit);  // hits 1
  try_broken_off("ppoll", call_ppoll);                      // hits 1
  try_broken_off("select", call_select);                    // hits 1
  try_broken_off("pselect", call_pselect);                  // hits 1
  try_broken_off("epoll_wait", call_epoll);                 // hits 1
  try_broken_off("nanosleep", call_nanosleep);              // hits 1
  try_broken_off("clock_nanosleep", call_clock_nanosleep);  // hits 1
  try_broken_off("futex with a limit", call_futex_with_limit);  // hits 1
  try_broken_off("msgrcv", call_msgrcv);                    // hits 1
  try_broken_off("semop", call_semop);                      // hits 1
  try_broken_off("pause", call_pause);                      // hits 1
  try_call("accept", call_accept, 0, 0);                    // hits 1
  return 0;                                                 // hits 1
}
