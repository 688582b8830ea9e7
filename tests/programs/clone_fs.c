// Proves that CLONE_FS stays what it is: the child's chdir and umask are its parent's, too.
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "play.h"

int main(void) {
  umask(022);                                             // hits 1
  if (chdir("/usr") != 0) return 1;
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    if (chdir("/proc") != 0) _exit(1);
    umask(077);                                           // hits 1
    _exit(8);                                             // hits 1
  }
  tell_end("child", reap(child));                         // hits 1
  char folder[64] = "";                                   // hits 1
  say("in %s\n", getcwd(folder, sizeof folder));          // hits 1
  say("umask 0%o\n", umask(022));                         // hits 1
  return 0;                                               // hits 1
}
