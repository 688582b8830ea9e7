// For the programs that need a pid namespace: with privilege, or in a user namespace of their own
// where the kernel allows that.
#pragma once

#include <sched.h>

#include "play.h"

// The children of the caller, not the caller, will be in it.
static inline void enter_pid_namespace(void) {
  if (unshare(CLONE_NEWPID) == 0) return;
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) skip("no pid namespace may be made here");
}
