// Proves that SIGTRAP stays ignored over lines that are reached meanwhile: it does nothing when it is
// sent, and a child and a program that is exec'ed ignore it too.
#include "play.h"

static int is_ignored(void) {
  struct sigaction now;
  sigaction(SIGTRAP, NULL, &now);                 // hits 2
  return now.sa_handler == SIG_IGN;               // hits 2
}

int main(int argc, char** argv) {
  if (argc > 1) {                                 // hits 2
    say("after the exec: %d\n", is_ignored());    // hits 1
    raise(SIGTRAP);                               // hits 1
    say("still here: %d\n", is_ignored());        // hits 1
    signal(SIGTRAP, SIG_DFL);                     // hits 1
    say("at last: %d\n", is_ignored());           // hits 1
    return 0;                                     // hits 1
  }
  say("at first: %d\n", is_ignored());            // hits 1
  signal(SIGTRAP, SIG_IGN);                       // hits 1
  say("ignored: %d\n", is_ignored());             // hits 1
  raise(SIGTRAP);                                 // hits 1
  kill(getpid(), SIGTRAP);                        // hits 1
  say("ignored: %d\n", is_ignored());             // hits 1
  pid_t child = fork();
  if (child == 0) {
    raise(SIGTRAP);                               // hits 1
    _exit(is_ignored());                          // hits 1
  }
  tell_end("child", reap(child));                 // hits 1
  execl(argv[0], argv[0], "again", (char*)NULL);  // hits 1
  return 9;                                       // hits 0
}
