// Proves that a hundred children which run, and die, at the same moment are all counted.
#include "play.h"

enum { kChildren = 100 };

int main(void) {
  Gate gate = gate_new();                  // hits 1
  pid_t children[kChildren];
  for (int i = 0; i < kChildren; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      gate_wait(gate);                     // hits 100
      _exit(i % 7);                        // hits 100
    }
  }
  gate_fire(gate);                         // hits 1
  int sum = 0;                             // hits 1
  for (int i = 0; i < kChildren; i++) {    // hits 1
    sum += WEXITSTATUS(reap(children[i])); // hits 1
  }
  say("sum of the statuses: %d\n", sum);   // hits 1
  return 0;                                // hits 1
}
