// Proves that a stop and a continue in the middle of a call that waits do what they do untraced:
// most calls go on as if nothing had been, the others are broken off.
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "play.h"

typedef struct {
  int futex_word;
} Shared;

static Shared* shared;
static int door[2];

static long call_read(void) {
  char byte;
  return read(door[0], &byte, 1);                      // hits 1
}

static long call_poll(void) {
  struct pollfd ready = {door[0], POLLIN, 0};          // hits 1
  return poll(&ready, 1, 60000);                       // hits 1
}

static long call_ppoll(void) {
  struct pollfd ready = {door[0], POLLIN, 0};          // hits 1
  return ppoll(&ready, 1, NULL, NULL);                 // hits 1
}

static long call_select(void) {
  fd_set set;
  FD_ZERO(&set);                                       // hits 1
  FD_SET(door[0], &set);                               // hits 1
  return select(door[0] + 1, &set, NULL, NULL, NULL);  // hits 1
}

static long call_pselect(void) {
  fd_set set;
  struct timespec limit = {60, 0};                     // hits 1
  FD_ZERO(&set);                                       // hits 1
  FD_SET(door[0], &set);                               // hits 1
  return pselect(door[0] + 1, &set, NULL, NULL, &limit, NULL);  // hits 1
}

static long call_epoll(void) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = door[0]}};  // hits 1
  int set = epoll_create1(0);                          // hits 1
  epoll_ctl(set, EPOLL_CTL_ADD, door[0], &event);      // hits 1
  return epoll_wait(set, &event, 1, 60000);            // hits 1
}

static long call_futex(void) {
  long result = syscall(SYS_futex, &shared->futex_word, FUTEX_WAIT, 0, NULL, NULL, 0);  // hits 1
  return result == 0 || errno == EAGAIN ? 0 : -1;      // hits 1
}

static long call_nanosleep(void) {
  struct timespec span = {0, 300 * 1000 * 1000};       // hits 1
  return nanosleep(&span, NULL);                       // hits 1
}

static void be_the_child(long (*call)(void)) {
  if (write(door[0], "r", 1) != 1) _exit(9);           // hits 8
  long result = call();                                // hits 8
  say("%ld %s\n", result, result < 0 ? strerror(errno) : "");  // hits 8
  _exit(0);                                            // hits 8
}

// Until the child has come to rest in its call: /proc says S only for a task that waits.
static void until_asleep(pid_t child) {
  char path[64], line[256], state = '?';               // hits 1
  snprintf(path, sizeof path, "/proc/%d/stat", (int)child);  // hits 1
  while (state != 'S') {                               // hits 1
    FILE* file = fopen(path, "r");                     // hits 1
    if (fgets(line, sizeof line, file) != NULL) state = strrchr(line, ')')[2];  // hits 1
    fclose(file);                                      // hits 1
    usleep(2000);                                      // hits 1
  }
}

static void try_call(const char* name, long (*call)(void)) {
  char byte;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, door) != 0) _exit(9);  // hits 1
  shared->futex_word = 0;                              // hits 1
  say("%s: ", name);                                   // hits 1
  pid_t child = fork();
  if (child == 0) be_the_child(call);
  if (read(door[1], &byte, 1) != 1) _exit(9);          // hits 1
  until_asleep(child);                                 // hits 1
  kill(child, SIGSTOP);                                // hits 1
  int status = 0;                                      // hits 1
  waitpid(child, &status, WUNTRACED);                  // hits 1
  kill(child, SIGCONT);                                // hits 1
  waitpid(child, &status, WCONTINUED);                 // hits 1
  usleep(5000);                                        // hits 1
  if (write(door[1], "x", 1) != 1) _exit(9);           // hits 1
  shared->futex_word = 1;                              // hits 1
  syscall(SYS_futex, &shared->futex_word, FUTEX_WAKE, 1, NULL, NULL, 0);  // hits 1
  tell_end("child", reap(child));                      // hits 1
  close(door[0]);                                      // hits 1
  close(door[1]);                                      // hits 1
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);                            // hits 1
  shared = (Shared*)mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                         -1, 0);
  try_call("read", call_read);                         // hits 1
  try_call("poll", call_poll);                         // hits 1
  try_call("ppoll", call_ppoll);                       // hits 1
  try_call("select", call_select);                     // hits 1
  try_call("pselect", call_pselect);                   // hits 1
  try_call("epoll_wait", call_epoll);                  // hits 1
  try_call("futex", call_futex);                       // hits 1
  try_call("nanosleep", call_nanosleep);               // hits 1
  return 0;                                            // hits 1
}
