// Proves that handlers run on the stack that was set aside for them, one within another, until the
// last has returned; that a forked child keeps it, and that SS_AUTODISARM takes it away meanwhile.
#include "play.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

enum { kSize = 64 * 1024 };

static char stack_bytes[kSize];

static int is_on_it(void) {
  char here;
  return &here >= stack_bytes && &here < stack_bytes + kSize;  // hits 1
}

static int state(void) {
  stack_t now;
  sigaltstack(NULL, &now);                          // hits 1
  return now.ss_flags & (SS_ONSTACK | SS_DISABLE);  // hits 1
}

static void inner(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  say("inner %d: on it %d, state %d\n", signal_number, is_on_it(), state());  // hits 1
}

static void outer(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  stack_t other = {.ss_sp = stack_bytes, .ss_size = kSize};  // hits 1
  int changed = sigaltstack(&other, NULL);          // hits 1
  say("outer %d: on it %d, state %d, ", signal_number, is_on_it(), state());  // hits 1
  say("change: %s\n", changed == 0 ? "possible" : strerror(errno));  // hits 1
  raise(SIGUSR2);                                   // hits 1
  say("outer again: on it %d\n", is_on_it());       // hits 1
}

int main(void) {
  on_signal(SIGUSR1, outer, SA_ONSTACK);            // hits 1
  on_signal(SIGUSR2, inner, SA_ONSTACK);            // hits 1
  say("before: %d\n", state());                     // hits 1
  raise(SIGUSR2);                                   // hits 1
  stack_t stack = {.ss_sp = stack_bytes, .ss_size = kSize};  // hits 1
  sigaltstack(&stack, NULL);                        // hits 1
  raise(SIGUSR1);                                   // hits 1
  say("between: on it %d, state %d\n", is_on_it(), state());  // hits 1
  pid_t child = fork();
  if (child == 0) {
    raise(SIGUSR1);                                 // hits 1
    _exit(state());                                 // hits 1
  }
  tell_end("child", reap(child));                   // hits 1
  stack.ss_flags = (int)SS_AUTODISARM;              // hits 1
  sigaltstack(&stack, NULL);                        // hits 1
  raise(SIGUSR2);                                   // hits 1
  say("after: %d\n", state());                      // hits 1
  return 0;                                         // hits 1
}
