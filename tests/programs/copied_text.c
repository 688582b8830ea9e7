// Proves that a program may copy its own text, probes and all, and run the copy.
#include "text.h"

ON_A_PAGE_OF_ITS_OWN static int answer(int n) {
  n += 1;                                                          // hits 1
  if (n > 100) {                                                   // hits 1
    n -= 100;                                                      // hits 0
  }
  return n;                                                        // hits 1
}

ON_A_PAGE_OF_ITS_OWN static int last(int n) {
  return n;                                                        // hits 1
}

static int (*copy_of(const void* function))(int) {
  int protection = PROT_READ | PROT_WRITE | PROT_EXEC;             // hits 1
  char* copy = mmap(NULL, kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);  // hits 1
  memcpy(copy, page_of(function), kPage);                          // hits 1
  return (int (*)(int))(void*)copy;                                // hits 1
}

int main(void) {
  int (*early)(int) = copy_of(answer);                             // hits 1
  say("copied before it ran: %d\n", early(1));                     // hits 1
  say("itself: %d\n", answer(1));                                  // hits 1
  int (*late)(int) = copy_of(answer);                              // hits 1
  say("copied after it ran: %d %d\n", late(1), late(200));         // hits 1
  say("the early copy again: %d %d\n", early(1), early(200));      // hits 1
  return last(0);                                                  // hits 1
}
