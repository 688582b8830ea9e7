// Proves that branches, loops and a switch are told apart, line by line: also the `break;` that is
// never run.
#include "play.h"

static const char* word(int number) {
  switch (number) {      // hits 1
    case 0:
      return "zero";     // hits 1
    case 1: {
      number += 10;      // hits 0
      break;             // hits 0
    }
    case 2:
      number += 20;      // hits 1
      break;             // hits 1
    default:
      number += 30;      // hits 1
  }
  if (number > 30) {     // hits 1
    return "many";       // hits 1
  }
  return "two";          // hits 1
}

static int sum(int up_to) {
  int total = 0;                         // hits 1
  for (int i = 1; i <= up_to; i++) {     // hits 1
    if (i == 1000) {                     // hits 1
      total = -1;                        // hits 0
    }
    total += i;                          // hits 1
  }
  while (total > 1000) {                 // hits 1
    total -= 1;                          // hits 0
  }
  return total;                          // hits 1
}

static void never_called(void) {
  say("never\n");                        // hits 0
}

int main(int argc, char** argv) {
  (void)argv;
  say("%s %s %s\n", word(0), word(2), word(5));  // hits 1
  say("%d\n", sum(5));                           // hits 1
  if (argc > 100) {                              // hits 1
    never_called();                              // hits 0
  } else {
    dprintf(STDERR_FILENO, "a word aside\n");    // hits 1
  }
  return 0;                                      // hits 1
}
