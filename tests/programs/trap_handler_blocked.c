// Proves that a handler of SIGTRAP is still there, with its flags and its mask, after lines that were
// reached while SIGTRAP was blocked; and that it handles what comes then.
#include "play.h"

static volatile sig_atomic_t traps;
static volatile sig_atomic_t value;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  traps++;                                                 // hits 1
  value = info->si_value.sival_int;                        // hits 1
}

static void tell_action(void) {
  struct sigaction now;
  sigaction(SIGTRAP, NULL, &now);                          // hits 1
  say("handler %d, flags %x, SIGHUP in its mask %d\n", now.sa_sigaction == on_trap,  // hits 1
      (unsigned)now.sa_flags & ~0x04000000U, sigismember(&now.sa_mask, SIGHUP));  // hits 1
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);                       // hits 1
  action.sa_sigaction = on_trap;                           // hits 1
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;  // hits 1
  sigaddset(&action.sa_mask, SIGHUP);                      // hits 1
  sigaction(SIGTRAP, &action, NULL);                       // hits 1
  tell_action();                                           // hits 1
  sigset_t mask;
  sigemptyset(&mask);                                      // hits 1
  sigaddset(&mask, SIGTRAP);                               // hits 1
  sigprocmask(SIG_BLOCK, &mask, NULL);                     // hits 1
  tell_action();                                           // hits 1
  union sigval payload = {.sival_int = 17};                // hits 1
  sigqueue(getpid(), SIGTRAP, payload);                    // hits 1
  say("before: %d\n", (int)traps);                         // hits 1
  sigprocmask(SIG_UNBLOCK, &mask, NULL);                   // hits 1
  say("after: %d, value %d\n", (int)traps, (int)value);    // hits 1
  asm volatile("nop; int3; nop");                          // hits 1
  say("its own: %d\n", (int)traps);                        // hits 1
  tell_action();                                           // hits 1
  return 0;                                                // hits 1
}
