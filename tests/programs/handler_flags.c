// Proves that SA_NODEFER lets a handler be entered again from within, that without it the second
// signal waits, that SA_RESETHAND is good for one, and that sa_mask holds while the handler runs.
#include "play.h"

static int depth;
static int entered;

static void again(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  depth++;                                        // hits 1
  entered++;                                      // hits 1
  say("enter at depth %d\n", depth);              // hits 1
  if (entered < 3) {                              // hits 1
    raise(signal_number);                         // hits 1
  }
  say("leave at depth %d\n", depth);              // hits 1
  depth--;                                        // hits 1
}

static void once(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  struct sigaction now;
  sigaction(signal_number, NULL, &now);           // hits 1
  say("once; then default: %d\n", now.sa_handler == SIG_DFL);  // hits 1
}

static void second(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  say("second: %d\n", signal_number);             // hits 1
}

static void with_mask(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  sigset_t now, waiting;
  sigprocmask(SIG_BLOCK, NULL, &now);             // hits 1
  raise(SIGUSR2);                                 // hits 1
  raise(SIGHUP);                                  // hits 1
  sigpending(&waiting);                           // hits 1
  say("blocked: itself %d, SIGUSR2 %d, SIGHUP %d, SIGTERM %d\n", sigismember(&now, signal_number),
      sigismember(&now, SIGUSR2), sigismember(&now, SIGHUP), sigismember(&now, SIGTERM));
  say("waiting: %d %d\n", sigismember(&waiting, SIGUSR2), sigismember(&waiting, SIGHUP));
}

int main(void) {
  on_signal(SIGUSR1, again, SA_NODEFER);          // hits 1
  raise(SIGUSR1);                                 // hits 1
  entered = 0;                                    // hits 1
  on_signal(SIGUSR1, again, 0);                   // hits 1
  raise(SIGUSR1);                                 // hits 1

  struct sigaction action;
  memset(&action, 0, sizeof action);              // hits 1
  action.sa_sigaction = with_mask;                // hits 1
  action.sa_flags = SA_SIGINFO;                   // hits 1
  sigaddset(&action.sa_mask, SIGUSR2);            // hits 1
  sigaddset(&action.sa_mask, SIGHUP);             // hits 1
  sigaction(SIGUSR1, &action, NULL);              // hits 1
  on_signal(SIGUSR2, second, 0);                  // hits 1
  on_signal(SIGHUP, second, 0);                   // hits 1
  raise(SIGUSR1);                                 // hits 1

  pid_t child = fork();
  if (child == 0) {
    on_signal(SIGTERM, once, (int)SA_RESETHAND);  // hits 1
    raise(SIGTERM);                               // hits 1
    raise(SIGTERM);                               // hits 1
    _exit(0);                                     // hits 0
  }
  tell_end("child", reap(child));                 // hits 1
  return 0;                                       // hits 1
}
