// Proves that a child may have the number that its parent chose for it. That takes privilege:
// CAP_CHECKPOINT_RESTORE (Linux 5.9).
#include <linux/sched.h>
#include <sys/syscall.h>

#include "play.h"

static pid_t clone_as(pid_t tid) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = (unsigned long)&tid;
  arguments.set_tid_size = 1;
  return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

// A number that is free now may be taken before it is asked for: then another one is tried.
static pid_t clone_with_any_chosen_number(pid_t* chosen) {
  pid_t child = -1;
  for (*chosen = 30011; *chosen < 30999; ++*chosen) {
    child = clone_as(*chosen);
    if (child >= 0 || errno != EEXIST) break;
  }
  return child;
}

int main(void) {
  pid_t chosen = 0;                                              // hits 1
  pid_t child = clone_with_any_chosen_number(&chosen);           // hits 1
  if (child == 0) {
    say("child: my number is the one: %d\n", getpid() == chosen);  // hits 1
    _exit(17);                                                   // hits 1
  }
  if (child < 0) skip("choosing a number takes CAP_CHECKPOINT_RESTORE");
  tell_end("child", reap(child));                                // hits 1
  say("parent: its number was the one: %d\n", child == chosen);  // hits 1
  return 0;                                                      // hits 1
}
