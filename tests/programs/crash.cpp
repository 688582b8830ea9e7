// Dies in the way that its argument names. "frame WAY N FUNCTION" beside a line: of those frames of the backtrace that lie in
// this file (and its library), it is number N. "library" takes the library's path as well.
#undef NDEBUG
#include <assert.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <string>

#define APART extern "C" __attribute__((noipa))
#define WITHIN static inline __attribute__((always_inline))

static int *volatile nowhere;
static void (*volatile no_function)(void);

WITHIN int innermost(const volatile int *p) {
  return *p;  // frame segv 0 innermost
}

WITHIN int middle(const volatile int *p) {
  return innermost(p) + 1;  // frame segv 1 middle
}

APART int outer(const int *p) {
  return middle(p) + 2;  // frame segv 2 outer
}

APART int give_up(void) {
  abort();  // frame abort 0 give_up
}

APART int check(int n) {
  assert(n == 0);  // frame assert 0 check
  return n;
}

APART int throw_it(int n) {
  if (n != 0) throw std::runtime_error("nobody catches this");  // frame exception 0 throw_it
  return n;
}

APART int call_nothing(void) {
  no_function();  // frame null_call 0 call_nothing
  return 1;
}

APART int go_deeper(int n) {
  char room[4096];
  memset(room, n, sizeof room);
  return go_deeper(n + 1) + room[n % 4096];
}

APART int call_library(const char *path) {
  void *const library = dlopen(path, RTLD_NOW);
  auto *const crash_there = reinterpret_cast<int (*)(int *)>(dlsym(library, "crash_there"));
  return crash_there(nowhere) + 1;  // frame library 1 call_library
}

static pid_t waiting[3];

// For the kernel to say where a thread is, it has to be blocked there: proc_pid_syscall(5).
static void wait_until_it_pauses(pid_t tid) {
  const std::string path = "/proc/self/task/" + std::to_string(tid) + "/syscall";
  for (long number = -1; number != SYS_pause;)
    if (!(std::ifstream(path) >> number)) number = -1;
}

static void *wait_for_ever(void *ready) {
  static std::atomic<int> next{0};
  waiting[next++] = static_cast<pid_t>(syscall(SYS_gettid));
  pthread_barrier_wait(static_cast<pthread_barrier_t *>(ready));
  for (;;) pause();
}

APART int crash_beside_others(void) {
  static pthread_barrier_t ready;
  pthread_barrier_init(&ready, nullptr, 4);
  pthread_t thread;
  for (int i = 0; i < 3; ++i) pthread_create(&thread, nullptr, wait_for_ever, &ready);
  pthread_barrier_wait(&ready);
  for (const pid_t tid : waiting) wait_until_it_pauses(tid);
  return *nowhere;  // frame thread 0 crash_beside_others
}

int main(int argc, char **argv) {
  const char *const way = argc > 1 ? argv[1] : "";
  if (strcmp(way, "segv") == 0) return outer(nowhere) + 1;  // frame segv 3 main
  if (strcmp(way, "abort") == 0) return give_up() + 1;  // frame abort 1 main
  if (strcmp(way, "assert") == 0) return check(argc) + 1;  // frame assert 1 main
  if (strcmp(way, "exception") == 0) return throw_it(argc) + 1;  // frame exception 1 main
  if (strcmp(way, "null_call") == 0) return call_nothing() + 1;  // frame null_call 1 main
  if (strcmp(way, "overflow") == 0) return go_deeper(0);
  if (strcmp(way, "library") == 0) return call_library(argv[2]) + 1;  // frame library 2 main
  if (strcmp(way, "thread") == 0) return crash_beside_others() + 1;  // frame thread 1 main
  puts("no such way");
  return 1;
}
