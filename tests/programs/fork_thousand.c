// Proves that a thousand children at once are no trouble: each reaches the same lines.
#include "play.h"

enum { kChildren = 1000 };

int main(void) {
  Gate gate = gate_new();                                  // hits 1
  int made = 0;                                            // hits 1
  for (int i = 0; i < kChildren; i++) {
    pid_t child = fork();
    if (child == 0) {
      gate_wait(gate);                                     // hits 1000
      _exit(i % 5);                                        // hits 1000
    }
    made += child > 0;                                     // hits 1
  }
  gate_fire(gate);                                         // hits 1
  int sum = 0;                                             // hits 1
  for (int i = 0; i < made; i++) {                         // hits 1
    sum += WEXITSTATUS(reap(-1));                          // hits 1
  }
  say("%d children, sum of the statuses: %d\n", made, sum);  // hits 1
  return 0;                                                // hits 1
}
