// Proves that a child which no tracer is to see (CLONE_UNTRACED) lives, although it has inherited
// the probes of its parent: it reaches lines that nobody has reached, execs, and ends by itself.
#include <sched.h>
#include <sys/syscall.h>

#include "play.h"

__attribute__((noinline)) static int only_in_the_child(int n) {
  n += 20;
  return n;
}

static pid_t clone_untraced(void) {
  return (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
}

int main(int argc, char** argv) {
  if (argc > 1) return 22;
  pid_t child = clone_untraced();
  if (child == 0) _exit(only_in_the_child(1));
  tell_end("child", reap(child));                                  // hits 1
  child = clone_untraced();
  if (child == 0) execl("/proc/self/exe", argv[0], "child", (char*)NULL);
  tell_end("child that execs", reap(child));                       // hits 1
  return 0;                                                        // hits 1
}
