// Proves that the program's own int3 kills it where SIGTRAP is blocked or ignored, as the kernel has
// it, whether a line begins there or not.
#include "play.h"

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  _exit(1);                             // hits 0
}

static void at_the_start(void) {
  asm volatile("int3");                 // hits 2
}

static void in_the_middle(void) {
  asm volatile("nop; int3; nop");       // hits 2
}

static void die_blocked(void (*trap)(void)) {
  sigset_t mask;
  sigemptyset(&mask);                   // hits 2
  sigaddset(&mask, SIGTRAP);            // hits 2
  on_signal(SIGTRAP, on_trap, 0);       // hits 2
  sigprocmask(SIG_BLOCK, &mask, NULL);  // hits 2
  trap();                               // hits 2
  _exit(2);                             // hits 0
}

static void die_ignored(void (*trap)(void)) {
  signal(SIGTRAP, SIG_IGN);             // hits 2
  trap();                               // hits 2
  _exit(3);                             // hits 0
}

static void tell(const char* how, void (*die)(void (*)(void)), void (*trap)(void)) {
  pid_t child = fork();
  if (child == 0) die(trap);
  tell_end(how, reap(child));           // hits 1
}

int main(void) {
  tell("blocked, at the start", die_blocked, at_the_start);  // hits 1
  tell("blocked, in the middle", die_blocked, in_the_middle);  // hits 1
  tell("ignored, at the start", die_ignored, at_the_start);  // hits 1
  tell("ignored, in the middle", die_ignored, in_the_middle);  // hits 1
  return 0;                             // hits 1
}
