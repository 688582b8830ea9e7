// Proves that SIGILL, SIGFPE and SIGBUS reach their handlers with the kernel's reason.
#include <setjmp.h>
#include <sys/mman.h>

#include "play.h"

static sigjmp_buf back;
static volatile int reason;
static volatile int zero;

static void recover(int signal_number, siginfo_t* info, void* context) {
  (void)context;
  reason = info->si_code;           // hits 1
  siglongjmp(back, signal_number);  // hits 1
}

static void execute_nonsense(void) {
  asm volatile("ud2");              // hits 1
  say("went on\n");                 // hits 0
}

static int divide(int a, int b) {
  return a / b;                     // hits 1
}

static int read_past_end(void) {
  int file = memfd_create("empty", MFD_CLOEXEC);                             // hits 1
  volatile char* page = (char*)mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);  // hits 1
  return page[0];                   // hits 1
}

int main(void) {
  on_signal(SIGILL, recover, 0);                     // hits 1
  on_signal(SIGFPE, recover, 0);                     // hits 1
  on_signal(SIGBUS, recover, 0);                     // hits 1
  int caught = sigsetjmp(back, 1);                   // hits 1
  if (caught != 0) {                                 // hits 1
    say("signal %d, reason %d\n", caught, reason);   // hits 1
  }
  if (caught == 0) {                                 // hits 1
    execute_nonsense();                              // hits 1
  }
  if (caught == SIGILL) {                            // hits 1
    say("%d\n", divide(10, 2));                      // hits 1
    say("%d\n", divide(10, zero));                   // hits 1
  }
  if (caught == SIGFPE) {                            // hits 1
    say("%d\n", read_past_end());                    // hits 1
  }
  return caught == SIGBUS ? 0 : 1;                   // hits 1
}
