// Proves that a handler which has SIGTRAP in its mask runs with SIGTRAP blocked, over lines of its
// own, and that the mask is as before when it has returned; also in the handler of SIGTRAP itself.
#include "play.h"

static int is_blocked(void) {
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);                     // hits 1
  return sigismember(&now, SIGTRAP);                      // hits 1
}

static void handler(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  int first = is_blocked();                               // hits 1
  int sum = 0;                                            // hits 1
  for (int i = 0; i < 3; i++) {                           // hits 1
    sum += i;                                             // hits 1
  }
  int second = is_blocked();                              // hits 1
  say("in the handler of %d: %d %d, sum %d\n", signal_number, first, second, sum);  // hits 1
}

// Two of the same signal: the first is handled with SIGTRAP blocked, the second ignored as by default.
static void handle_once(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);                      // hits 1
  action.sa_sigaction = handler;                          // hits 1
  action.sa_flags = SA_SIGINFO | SA_RESETHAND;            // hits 1
  sigfillset(&action.sa_mask);                            // hits 1
  sigaction(SIGURG, &action, NULL);                       // hits 1
  raise(SIGURG);                                          // hits 1
  say("handled once: %d\n", is_blocked());                // hits 1
  raise(SIGURG);                                          // hits 1
  say("ignored: %d\n", is_blocked());                     // hits 1
}

static void handle(int signal_number, int also_blocked) {
  struct sigaction action;
  memset(&action, 0, sizeof action);                      // hits 1
  action.sa_sigaction = handler;                          // hits 1
  action.sa_flags = SA_SIGINFO;                           // hits 1
  sigemptyset(&action.sa_mask);                           // hits 1
  if (also_blocked) sigaddset(&action.sa_mask, SIGTRAP);  // hits 1
  sigaction(signal_number, &action, NULL);                // hits 1
}

int main(void) {
  handle(SIGUSR1, 1);                                     // hits 1
  handle(SIGUSR2, 0);                                     // hits 1
  handle(SIGTRAP, 0);                                     // hits 1
  raise(SIGUSR1);                                         // hits 1
  say("between: %d\n", is_blocked());                     // hits 1
  raise(SIGUSR2);                                         // hits 1
  say("between: %d\n", is_blocked());                     // hits 1
  raise(SIGTRAP);                                         // hits 1
  say("after: %d\n", is_blocked());                       // hits 1
  handle_once();                                          // hits 1
  say("at the end: %d\n", is_blocked());                  // hits 1
  return 0;                                               // hits 1
}
