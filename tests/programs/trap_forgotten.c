// Proves that nobody has SIGTRAP blocked who did not block it, when so many calls of sigprocmask blocked it that they are not followed
// any more: no other thread, and nobody whose handler returns.
#include <pthread.h>

#include "play.h"

enum { kCalls = 4100 };

static sigset_t trap;
static pthread_barrier_t both;
static volatile int count;

static int is_blocked(void) {
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, NULL, &now);
  return sigismember(&now, SIGTRAP);
}

static void* in_thread(void* unused) {
  (void)unused;
  sigprocmask(SIG_BLOCK, &trap, NULL);                     // hits 1
  pthread_barrier_wait(&both);                             // hits 1
  pthread_barrier_wait(&both);
  sigprocmask(SIG_UNBLOCK, &trap, NULL);
  count++;
  say("the thread: %d\n", is_blocked());
  count++;
  say("the thread: %d\n", is_blocked());
  return NULL;
}

static void handler(int signal_number) {
  (void)signal_number;
  count++;
}

int main(void) {
  sigemptyset(&trap);                                      // hits 1
  sigaddset(&trap, SIGTRAP);                               // hits 1
  pthread_barrier_init(&both, NULL, 2);                    // hits 1
  pthread_t thread;
  pthread_create(&thread, NULL, in_thread, NULL);          // hits 1
  pthread_barrier_wait(&both);                             // hits 1
  for (int i = 0; i < kCalls; i++) {
    sigprocmask(SIG_BLOCK, &trap, NULL);                   // hits 1
    sigprocmask(SIG_UNBLOCK, &trap, NULL);                 // hits 1
  }
  pthread_barrier_wait(&both);                             // hits 1
  pthread_join(thread, NULL);                              // hits 1
  signal(SIGUSR1, handler);                                // hits 1
  sigprocmask(SIG_BLOCK, &trap, NULL);
  raise(SIGUSR1);
  sigprocmask(SIG_UNBLOCK, &trap, NULL);
  count++;
  say("main: %d\n", is_blocked());
  count++;
  say("main: %d\n", is_blocked());
  return 0;
}
