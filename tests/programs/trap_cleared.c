// Proves that whatever ends that SIGTRAP is blocked is seen, also after thousands of calls that have nothing to do with it: a mask
// that takes the place of another, SIG_UNBLOCK, an action that takes the place of one that blocks it; in threads and children.
#include <errno.h>
#include <pthread.h>

#include "play.h"

enum { kCalls = 1500 };

static sigset_t all, none, trap, interrupt;
static volatile int count;

static int is_blocked(void) {
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, NULL, &now);
  return sigismember(&now, SIGTRAP);
}

static void show(const char* when) { say("%s: %s\n", when, is_blocked() ? "blocked" : "open"); }

static void call_often(void) {
  sigset_t before;
  for (int i = 0; i < kCalls; i++) {
    sigprocmask(SIG_BLOCK, &interrupt, &before);                      // hits 1
    sigprocmask(SIG_SETMASK, &before, NULL);                          // hits 1
    sigprocmask(SIG_UNBLOCK, &interrupt, NULL);                       // hits 1
    signal(SIGUSR2, SIG_IGN);                                         // hits 1
  }
}

static void masks(void) {
  sigset_t before;
  sigprocmask(SIG_BLOCK, &all, &before);                              // hits 1
  show("all are blocked");                                            // hits 1
  sigprocmask(SIG_SETMASK, &before, NULL);                            // hits 1
  show("the mask before");                                            // hits 1
  sigprocmask(SIG_SETMASK, &trap, NULL);                              // hits 1
  show("another mask");                                               // hits 1
  sigprocmask(SIG_UNBLOCK, &all, NULL);                               // hits 1
  show("all are unblocked");                                          // hits 1
  sigprocmask(SIG_BLOCK, &trap, NULL);                                // hits 1
  sigprocmask(SIG_SETMASK, &none, NULL);                              // hits 1
  show("no mask");                                                    // hits 1
}

static void in_handler(int signal_number) {
  count++;
  say("handler of %d: %s\n", signal_number, is_blocked() ? "blocked" : "open");
}

static void actions(void) {
  struct sigaction action = {.sa_handler = in_handler};
  action.sa_mask = all;                                               // hits 1
  sigaction(SIGUSR1, &action, NULL);                                  // hits 1
  raise(SIGUSR1);                                                     // hits 1
  show("after a handler that blocks it");                             // hits 1
  action.sa_mask = none;                                              // hits 1
  sigaction(SIGUSR1, &action, NULL);                                  // hits 1
  raise(SIGUSR1);                                                     // hits 1
  show("after one that does not");                                    // hits 1
}

static void* in_thread(void* unused) {
  (void)unused;
  show("in a thread");                                                // hits 1
  sigprocmask(SIG_SETMASK, &none, NULL);                              // hits 1
  count++;                                                            // hits 1
  show("in a thread, with no mask");                                  // hits 1
  return NULL;                                                        // hits 1
}

static void others(void) {
  sigprocmask(SIG_BLOCK, &trap, NULL);                                // hits 1
  pthread_t thread;
  pthread_create(&thread, NULL, in_thread, NULL);                     // hits 1
  pthread_join(thread, NULL);                                         // hits 1
  show("beside the thread");                                          // hits 1
  pid_t child = fork();
  if (child == 0) {
    show("in a child");
    sigprocmask(SIG_SETMASK, &none, NULL);
    count++;
    show("in a child, with no mask");
    exit(0);
  }
  reap(child);                                                        // hits 1
  show("beside the child");                                           // hits 1
  sigprocmask(SIG_UNBLOCK, &trap, NULL);                              // hits 1
  show("alone");                                                      // hits 1
}

int main(void) {
  sigfillset(&all);                                                   // hits 1
  sigemptyset(&none);                                                 // hits 1
  sigemptyset(&trap);                                                 // hits 1
  sigaddset(&trap, SIGTRAP);                                          // hits 1
  sigemptyset(&interrupt);                                            // hits 1
  sigaddset(&interrupt, SIGINT);                                      // hits 1
  call_often();                                                       // hits 1
  masks();                                                            // hits 1
  call_often();                                                       // hits 1
  actions();                                                          // hits 1
  call_often();                                                       // hits 1
  others();                                                           // hits 1
  masks();                                                            // hits 1
  int refused = sigprocmask(99, &all, NULL);                          // hits 1
  say("%d %d\n", refused, errno == EINVAL);                           // hits 1
  say("%d\n", count);                                                 // hits 1
  return 0;                                                           // hits 1
}
