// Proves that a child without an exec is followed: what both reach after the fork counts twice,
// what was reached before it once.
#include "play.h"

static int before(void) {
  return 40;                    // hits 1
}

static int both(int number) {
  number += 1;                  // hits 2
  return number;                // hits 2
}

static int again(int number) {
  return number + before();     // hits 1
}

int main(void) {
  int number = again(before()); // hits 1
  pid_t child = fork();
  if (child == 0) {
    say("child %d\n", both(1)); // hits 1
    _exit(again(3) - 40);       // hits 1
  }
  tell_end("child", reap(child));   // hits 1
  say("parent %d\n", both(number)); // hits 1
  return 0;                     // hits 1
}
