// Proves that a system call which seccomp forbids ends in SIGSYS, once: handled in the root, fatal
// in the child.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "play.h"

static volatile int caught_call;

static void forbidden(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  caught_call = info->si_syscall;               // hits 1
}

static void forbid(int call, unsigned action) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {4, program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);       // hits 2
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);  // hits 2
}

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    forbid(SYS_sysinfo, SECCOMP_RET_KILL_PROCESS);  // hits 1
    syscall(SYS_sysinfo, NULL);                 // hits 1
    _exit(1);                                   // hits 0
  }
  tell_end("child", reap(child));               // hits 1
  on_signal(SIGSYS, forbidden, 0);              // hits 1
  forbid(SYS_sysinfo, SECCOMP_RET_TRAP);        // hits 1
  syscall(SYS_sysinfo, NULL);                   // hits 1
  say("%s\n", caught_call == SYS_sysinfo ? "caught" : "missed");  // hits 1
  return 0;                                     // hits 1
}
