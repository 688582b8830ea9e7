// Proves that the parts of a shell's pipeline are followed: it stands twice in one.
#include <ctype.h>

#include "play.h"

int main(void) {
  int letters = 0;                                    // hits 2
  for (int c = getchar(); c != EOF; c = getchar()) {  // hits 2
    if (isalpha(c)) {                                 // hits 2
      letters++;                                      // hits 2
    }
    if (c == '#') {                                   // hits 2
      letters = -1000;                                // hits 0
    }
    putchar(toupper(c));                              // hits 2
  }
  printf("%d letters\n", letters);                    // hits 2
  return 0;                                           // hits 2
}
