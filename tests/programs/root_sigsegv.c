// Proves that a crash keeps what was covered before it, and nothing after it.
#include "play.h"

static int* volatile nowhere;

static void crash(int* where) {
  say("about to crash\n");   // hits 1
  *(volatile int*)where = 1; // hits 1
  say("still here\n");       // hits 0
}

int main(void) {
  crash(nowhere);            // hits 1
  return 0;                  // hits 0
}
