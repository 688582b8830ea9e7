// A child whose memory can't be reached by a recorder without privilege, nor can the child be made to show it: under seccomp(2) any
// system call may be forbidden. At the first line that nobody has run before, it dies.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "play.h"

static int of_child(int number) {
  return number + 1;
}

int main(void) {
  struct sock_filter allow_all[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog filter = {1, allow_all};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) skip("no filter can be set");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) skip("no filter can be set");
  prctl(PR_SET_DUMPABLE, 0);
  pid_t child = fork();
  if (child == 0) {
    _exit(of_child(1));
  }
  tell_end("child", reap(child));
  return 0;
}
