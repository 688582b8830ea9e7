// What a setuid program would have: with its set-user-ID bit, the test runs it as somebody else.
#include "play.h"

int main(void) {
  say("as its owner: %d\n", geteuid() != getuid());        // hits 1
  return 23;                                               // hits 1
}
