// Proves that a program may take the right to run, or to read, away from its own text and give it
// back: it faults in between, and reaches its lines afterwards.
#include "text.h"

static volatile int faults;

ON_A_PAGE_OF_ITS_OWN static int double_it(int n) {
  n += n;                                                  // hits 1
  return n;                                                // hits 1
}

ON_A_PAGE_OF_ITS_OWN static int triple_it(int n) {
  n += n + n;                                              // hits 1
  return n;                                                // hits 1
}

ON_A_PAGE_OF_ITS_OWN static int last(int n) {
  return n;                                                // hits 1
}

static void give_back(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  faults++;                                                // hits 1
  protect(info->si_addr, PROT_READ | PROT_EXEC);           // hits 1
}

int main(void) {
  on_signal(SIGSEGV, give_back, 0);                        // hits 1
  protect(double_it, PROT_READ);                           // hits 1
  say("%d\n", double_it(21));                              // hits 1
  protect(triple_it, PROT_NONE);                           // hits 1
  say("%d\n", triple_it(14));                              // hits 1
  protect(triple_it, PROT_READ | PROT_WRITE | PROT_EXEC);  // hits 1
  say("%d %d\n", triple_it(1), last(faults));              // hits 1
  return 0;                                                // hits 1
}
