// Proves that SIGTRAP stays blocked, ignored or handled as the program has set it, whatever probes are hit meanwhile; and
// that one that is pending comes when it is unblocked, and not before.
#include <pthread.h>

#include "play.h"

static void show(const char* when) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);                              // hits 1
  struct sigaction action;
  sigaction(SIGTRAP, NULL, &action);                                // hits 1
  const char* does = action.sa_handler == SIG_DFL   ? "default"
                     : action.sa_handler == SIG_IGN ? "ignored"
                                                    : "handled";
  say("%s: %s, %s\n", when, sigismember(&mask, SIGTRAP) ? "blocked" : "open", does);  // hits 1
}

static volatile int count;

static void on_trap(int signal_number) {
  (void)signal_number;
  count++;                                                          // hits 1
  show("in the handler");                                           // hits 1
}

static void blocked_and_pending(const sigset_t* trap) {
  sigprocmask(SIG_BLOCK, trap, NULL);                               // hits 1
  count++;                                                          // hits 1
  show("blocked");                                                  // hits 1
  struct sigaction action = {.sa_handler = on_trap};                // hits 1
  sigaction(SIGTRAP, &action, NULL);                                // hits 1
  count++;                                                          // hits 1
  show("with a handler");                                           // hits 1
  raise(SIGTRAP);                                                   // hits 1
  count++;                                                          // hits 1
  show("pending");                                                  // hits 1
  sigprocmask(SIG_UNBLOCK, trap, NULL);                             // hits 1
  count++;                                                          // hits 1
  show("open again");                                               // hits 1
}

static void ignored(void) {
  signal(SIGTRAP, SIG_IGN);                                         // hits 1
  count++;                                                          // hits 1
  show("ignored");                                                  // hits 1
  raise(SIGTRAP);                                                   // hits 1
  count++;                                                          // hits 1
}

static void in_another_handler(void) {
  struct sigaction action = {.sa_handler = on_trap};                // hits 1
  sigfillset(&action.sa_mask);                                      // hits 1
  sigaction(SIGUSR1, &action, NULL);                                // hits 1
  sigaction(SIGTRAP, &action, NULL);                                // hits 1
  raise(SIGUSR1);                                                   // hits 1
  show("after a handler that blocks all");                          // hits 1
  raise(SIGTRAP);                                                   // hits 1
}

static void* nothing(void* unused) {
  return unused;                                                    // hits 1
}

static void* in_thread(void* unused) {
  count++;                                                          // hits 1
  show("in a thread");                                              // hits 1
  return unused;                                                    // hits 1
}

__attribute__((noinline)) static void run(void* (*what)(void*)) {
  pthread_t thread;
  pthread_create(&thread, NULL, what, NULL);                        // hits 1
  pthread_join(thread, NULL);                                       // hits 1
}

// The lines of run() come while SIGTRAP is open: where it is blocked, an int3 of this thread resets what the other one shows.
static void blocked_in_a_thread(const sigset_t* trap) {
  run(nothing);                                                     // hits 1
  sigprocmask(SIG_BLOCK, trap, NULL);                               // hits 1
  run(in_thread);                                                   // hits 1
  sigprocmask(SIG_UNBLOCK, trap, NULL);                             // hits 1
}

int main(void) {
  show("at the start");                                             // hits 1
  sigset_t trap;
  sigemptyset(&trap);                                               // hits 1
  sigaddset(&trap, SIGTRAP);                                        // hits 1
  blocked_and_pending(&trap);                                       // hits 1
  ignored();                                                        // hits 1
  in_another_handler();                                             // hits 1
  blocked_in_a_thread(&trap);                                       // hits 1
  say("%d\n", count);                                               // hits 1
  return 0;                                                         // hits 1
}
