// Proves that one thread may end the process while the others are at probes, or on their way there:
// forty children, four threads each, and every one of them ends with its own status.
#include <pthread.h>

#include "play.h"

enum { kThreads = 4, kChildren = 40 };

static int begun;

__attribute__((noinline)) static long step_1(long n) { return n * 3 + 1; }
__attribute__((noinline)) static long step_2(long n) { return n ^ (n >> 3); }
__attribute__((noinline)) static long step_3(long n) { return n * 5 + 2; }
__attribute__((noinline)) static long step_4(long n) { return n ^ (n >> 7); }

static void* reach_lines(void* argument) {
  __atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
  for (volatile long n = (long)argument;;) {
    n = step_1(n);
    n = step_2(n);
    n = step_3(n);
    n = step_4(n);
  }
  return NULL;
}

static void* end_it(void* argument) {
  while (__atomic_load_n(&begun, __ATOMIC_SEQ_CST) == 0) sched_yield();
  _exit((int)(long)argument);
}

static void be_ended(long status) {
  pthread_t threads[kThreads];
  pthread_create(&threads[0], NULL, end_it, (void*)status);
  for (long i = 1; i < kThreads; i++) pthread_create(&threads[i], NULL, reach_lines, (void*)i);
  for (;;) pause();
}

int main(void) {
  int right = 0;                                           // hits 1
  for (long i = 0; i < kChildren; i++) {
    pid_t child = fork();
    if (child == 0) be_ended(i);
    int status = reap(child);                              // hits 1
    right += WIFEXITED(status) && WEXITSTATUS(status) == i;  // hits 1
  }
  say("%d ended as they wanted\n", right);                 // hits 1
  return 0;                                                // hits 1
}
