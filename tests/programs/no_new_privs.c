// Proves that no_new_privs, once set, is there in children and after an exec, and was not before.
#include <sys/prctl.h>

#include "play.h"

static int is_set(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }

int main(int argc, char** argv) {
  if (argc > 1) {                                 // hits 2
    say("after the exec: %d\n", is_set());        // hits 1
    return 6;                                     // hits 1
  }
  say("at first: %d\n", is_set());                // hits 1
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);         // hits 1
  say("set: %d\n", is_set());                     // hits 1
  pid_t child = fork();
  if (child == 0) _exit(is_set());
  tell_end("child", reap(child));                 // hits 1
  execl(argv[0], argv[0], "again", (char*)NULL);  // hits 1
  return 9;                                       // hits 0
}
