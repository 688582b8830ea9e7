// Proves that the exit status is the program's own, whatever it is.
#include "play.h"

int main(int argc, char** argv) {
  int code = argc > 1 ? atoi(argv[1]) : 0;  // hits 1
  say("leaving with %d\n", code);           // hits 1
  exit(code);                               // hits 1
}
