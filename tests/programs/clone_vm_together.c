// Proves that processes which share memory may run at the same time, reach the same probes, and die
// one by one.
#include <sched.h>

#include "play.h"

enum { kChildren = 4 };

static int counter;
static char stacks[kChildren][64 * 1024] __attribute__((aligned(64)));

__attribute__((noinline)) static void count(int by) {
  for (int i = 0; i < by; i++) {                       // hits 1
    __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST); // hits 1
  }
}

static int child_main(void* argument) {
  count(1000);                       // hits 1
  return (int)(long)argument;        // hits 1
}

int main(void) {
  pid_t children[kChildren];
  for (long i = 0; i < kChildren; i++) {
    children[i] = clone(child_main, stacks[i] + sizeof stacks[i], CLONE_VM | SIGCHLD, (void*)i);
  }
  int sum = 0;                                  // hits 1
  for (int i = 0; i < kChildren; i++) {         // hits 1
    sum += WEXITSTATUS(reap(children[i]));      // hits 1
  }
  count(1);                                     // hits 1
  say("%d %d\n", sum, counter);                 // hits 1
  return 0;                                     // hits 1
}
