// The program that others run: two of them run it, so each line that is reached counts twice.
#include "play.h"

int main(int argc, char** argv) {
  if (argc > 1) {                 // hits 2
    say("hello, %s\n", argv[1]);  // hits 2
  } else {
    say("hello\n");               // hits 0
  }
  return 3;                       // hits 2
}
