// Proves that a child which does not inherit a page of text (MADV_DONTFORK) faults there as
// untraced, and reaches all other lines.
#include "text.h"

ON_A_PAGE_OF_ITS_OWN static int for_all(int n) {
  return n + 1;                                            // hits 2
}

ON_A_PAGE_OF_ITS_OWN static int not_for_children(int n) {
  n += 2;                                                  // hits 1
  return n;                                                // hits 1
}

ON_A_PAGE_OF_ITS_OWN static int last(int n) {
  return n + 3;                                            // hits 2
}

int main(void) {
  madvise(page_of(not_for_children), kPage, MADV_DONTFORK);  // hits 1
  pid_t child = fork();
  if (child == 0) {
    say("child: %d %d\n", for_all(1), last(1));            // hits 1
    return not_for_children(1);                            // hits 1
  }
  tell_end("child", reap(child));                          // hits 1
  say("parent: %d %d %d\n", for_all(1), not_for_children(1), last(1));  // hits 1
  return 0;                                                // hits 1
}
