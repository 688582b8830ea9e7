// Proves that the SIGSEGV of an overflowed stack reaches a handler on its own stack, and that
// without one it kills.
#include <setjmp.h>
#include <sys/resource.h>

#include "play.h"

static sigjmp_buf back;
static char other_stack[64 * 1024];

static void recover(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  siglongjmp(back, signal_number);       // hits 1
}

static int dig(volatile char* above) {
  volatile char here[1024];
  here[0] = above ? above[0] : 0;        // hits 2
  if (here[0] == 1) {                    // hits 2
    return 0;                            // hits 0
  }
  return dig(here) + here[0];            // hits 2
}

int main(void) {
  struct rlimit small = {256 * 1024, 256 * 1024};
  setrlimit(RLIMIT_STACK, &small);       // hits 1
  pid_t child = fork();
  if (child == 0) {
    return dig(NULL);                    // hits 1
  }
  tell_end("child", reap(child));        // hits 1
  stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};  // hits 1
  sigaltstack(&stack, NULL);             // hits 1
  on_signal(SIGSEGV, recover, SA_ONSTACK);  // hits 1
  int caught = sigsetjmp(back, 1);       // hits 1
  if (caught == 0) {                     // hits 1
    return dig(NULL);                    // hits 1
  }
  say("caught %d\n", caught);            // hits 1
  return 0;                              // hits 1
}
