// Proves that threads which no library made are threads: cloned raw, with and without a signal for
// their end, each of which raises another event; they end by themselves, and the process goes on.
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>

#include "play.h"

enum {
  kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
            CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID
};

static char stacks[2][64 * 1024] __attribute__((aligned(64)));
static int alive[2];
static int sum;

__attribute__((noinline)) static void add(int number) {
  __atomic_fetch_add(&sum, number, __ATOMIC_SEQ_CST);        // hits 1
}

static int thread_main(void* argument) {
  add((int)(long)argument);                                  // hits 1
  add(getpid() != (int)syscall(SYS_gettid) ? 100 : 0);       // hits 1
  syscall(SYS_exit, 3);                                      // hits 1
  return 0;                                                  // hits 0
}

static void join(int* tid) {
  int seen = 0;                                              // hits 1
  while ((seen = __atomic_load_n(tid, __ATOMIC_SEQ_CST)) != 0) {  // hits 1
    syscall(SYS_futex, tid, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
}

int main(void) {
  for (long i = 0; i < 2; i++) {                             // hits 1
    alive[i] = -1;                                           // hits 1
    int flags = kThread | (i == 0 ? 0 : SIGCHLD);            // hits 1
    clone(thread_main, stacks[i] + sizeof stacks[i], flags, (void*)(i + 1), &alive[i], NULL,
          &alive[i]);
  }
  join(&alive[0]);                                           // hits 1
  join(&alive[1]);                                           // hits 1
  say("sum is %d\n", sum);                                   // hits 1
  return 0;                                                  // hits 1
}
