// Proves that a program may write over its own text, probes or not: what it wrote is what runs, and
// what it puts back runs as before.
#include "text.h"

ON_A_PAGE_OF_ITS_OWN static int answer(int n) {
  if (n < 0) {                                             // hits 1
    return -n;                                             // hits 1
  }
  n += 1;                                                  // hits 1
  return n;                                                // hits 1
}

ON_A_PAGE_OF_ITS_OWN static int never_as_written(int n) {
  n *= 3;                                                  // hits 0
  return n;                                                // hits 0
}

ON_A_PAGE_OF_ITS_OWN static int last(int n) {
  return n;                                                // hits 1
}

int main(void) {
  int (*volatile ask)(int) = answer;                       // hits 1
  int (*volatile ask_other)(int) = never_as_written;       // hits 1
  protect(answer, PROT_READ | PROT_WRITE | PROT_EXEC);     // hits 1
  protect(never_as_written, PROT_READ | PROT_WRITE | PROT_EXEC);  // hits 1
  static char kept[kPage];
  memcpy(kept, answer, kPage);                             // hits 1
  say("as written: %d\n", ask(4));                         // hits 1
  write_answer(answer, 42);                                // hits 1
  write_answer(never_as_written, 43);                      // hits 1
  say("overwritten: %d %d\n", ask(4), ask_other(4));       // hits 1
  memcpy(answer, kept, kPage);                             // hits 1
  say("put back: %d %d\n", ask(4), ask(-7));               // hits 1
  pid_t child = fork();
  if (child == 0) {
    write_answer(answer, 44);                              // hits 1
    _exit(ask(4));                                         // hits 1
  }
  tell_end("child", reap(child));                          // hits 1
  say("not here: %d\n", last(ask(4)));                     // hits 1
  return 0;                                                // hits 1
}
