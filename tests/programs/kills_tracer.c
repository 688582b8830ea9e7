// Is run by a test only. Proves that a program which kills its tracer ends with it. Its own parent,
// as it sees it, is that tracer: whoever it is, it says so before it shoots.
#include "play.h"

int main(void) {
  say("my tracer is my parent\n");
  pid_t child = fork();
  if (child == 0) for (;;) pause();
  kill(getppid(), SIGKILL);
  for (;;) pause();
}
