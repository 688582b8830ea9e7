// Proves that a fork bomb meets its limit as it does untraced, and that all of it ends. It goes off
// as a user who runs nothing else, with RLIMIT_NPROC: root has no such limit.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "play.h"

enum { kLimit = 40 };

typedef struct {
  int refused;
  int ended;
} Tally;

static void be_limited(void) {
  struct rlimit limit = {kLimit, kLimit};                           // hits 1
  uid_t nobody_else = 1000000 + (uid_t)getpid();                    // hits 1
  if (setuid(nobody_else) != 0) skip("only root may become a user who runs nothing else");
  setrlimit(RLIMIT_NPROC, &limit);                                  // hits 1
}

// Everybody forks until somebody is refused.
static void go_off(Tally* tally) {
  while (__atomic_load_n(&tally->refused, __ATOMIC_SEQ_CST) == 0) {
    if (fork() < 0) __atomic_fetch_add(&tally->refused, 1, __ATOMIC_SEQ_CST);
  }
  __atomic_fetch_add(&tally->ended, 1, __ATOMIC_SEQ_CST);
  _exit(0);
}

static int may_fork_again(void) {
  pid_t child = fork();
  if (child == 0) {
    _exit(0);                                                       // hits 1
  }
  return child > 0 && reap(child) == 0;                             // hits 1
}

int main(void) {
  Tally* tally =
      mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  be_limited();                                                     // hits 1
  prctl(PR_SET_CHILD_SUBREAPER, 1);                                 // hits 1
  if (fork() == 0) go_off(tally);
  while (wait(NULL) > 0 || errno == EINTR) continue;
  say("somebody was refused: %d\n", tally->refused > 0);            // hits 1
  say("as many as may be have ended: %d\n", tally->ended == kLimit - 1);  // hits 1
  say("and one may fork again: %d\n", may_fork_again());            // hits 1
  return 0;                                                         // hits 1
}
