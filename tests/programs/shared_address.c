// Proves that lines which share one address are all reported: an empty asm makes a line without
// making a byte.
#include "play.h"

static int steps;

static void run(int which) {
  asm volatile("");            // hits 1
  asm volatile("");            // hits 1
  steps += 1;                  // hits 1
  if (which == 1) {            // hits 1
    asm volatile("");          // hits 0
    asm volatile("");          // hits 0
    steps += 10;               // hits 0
  }
  asm volatile("");            // hits 1
  steps += 100;                // hits 1
}

int main(void) {
  run(0);                      // hits 1
  run(2);                      // hits 1
  say("%d\n", steps);          // hits 1
  return 0;                    // hits 1
}
