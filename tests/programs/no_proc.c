// Proves that a program which has no /proc any more, in a mount namespace of its own, forks, execs
// and runs lines all the same. Where it may not make one it says so and leaves with 77.
#include <sched.h>
#include <sys/mount.h>

#include "play.h"

static int has_proc(void) { return access("/proc/self/exe", F_OK) == 0; }

static int hide_proc(void) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return -1;
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;  // hits 1
  return mount("none", "/proc", "tmpfs", 0, NULL);  // hits 1
}

int main(int argc, char** argv) {
  if (argc > 1) {                                   // hits 2
    say("after the exec: %d\n", has_proc());        // hits 1
    return 12;                                      // hits 1
  }
  if (hide_proc() != 0) {                           // hits 1
    say("not permitted: %s\n", strerror(errno));    // hits 0
    return 77;                                      // hits 0
  }
  say("without: %d\n", has_proc());                 // hits 1
  pid_t child = fork();
  if (child == 0) {
    _exit(has_proc() + 5);                          // hits 1
  }
  tell_end("child", reap(child));                   // hits 1
  execl(argv[0], argv[0], "again", (char*)NULL);    // hits 1
  return 9;                                         // hits 0
}
