// A shared library with lines of its own: for library_start.c, which needs it from the start.
#include "play.h"

int library_twice(int number) {
  if (number < 0)               // hits 1
    return 0;                   // hits 0
  return 2 * number;            // hits 1
}

__attribute__((constructor)) static void begin(void) {
  say("the library begins\n");  // hits 1
}
