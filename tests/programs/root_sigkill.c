// Proves that even SIGKILL keeps what was covered before it.
#include "play.h"

int main(void) {
  say("about to be killed\n");  // hits 1
  kill(getpid(), SIGKILL);      // hits 1
  say("still here\n");          // hits 0
  return 0;                     // hits 0
}
