// Proves that a root which raises a fatal signal dies of it.
#include "play.h"

int main(void) {
  say("raising\n");      // hits 1
  raise(SIGTERM);        // hits 1
  say("still here\n");   // hits 0
  return 0;              // hits 0
}
