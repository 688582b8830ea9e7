// Proves that each exec starts anew, although process and program stay the same.
#include "play.h"

int main(int argc, char** argv) {
  int left = argc > 1 ? atoi(argv[1]) : 3;               // hits 4
  say("%d left\n", left);                                // hits 4
  if (left > 0) {                                        // hits 4
    char next[20];
    snprintf(next, sizeof next, "%d", left - 1);         // hits 3
    execl("/proc/self/exe", argv[0], next, (char*)NULL); // hits 3
    return 1;                                            // hits 0
  }
  return 6;                                              // hits 1
}
