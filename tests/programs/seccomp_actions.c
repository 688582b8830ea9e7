// Proves that each answer of a seccomp filter reaches the program as it does untraced: an errno of
// its choice, SIGSYS with what was called (to be made up for by the handler), no such call, a call
// that is only logged, the end of one thread, the end of the process.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "play.h"

static volatile int seen_call, seen_code, seen_data, seen_arch;

static void make_up_for_it(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  seen_call = info->si_syscall;                           // hits 1
  seen_code = info->si_code;                              // hits 1
  seen_data = info->si_errno;                             // hits 1
  seen_arch = info->si_arch == AUDIT_ARCH_X86_64;         // hits 1
  ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX] = 4242;  // hits 1
}

static void answer(int call, unsigned action) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),  // hits 6
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {4, program};                // hits 6
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);                 // hits 6
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) say("no filter\n");  // hits 6
}

static void* call_in_thread(void* unused) {
  (void)unused;
  syscall(SYS_sysinfo, NULL);                             // hits 1
  return NULL;                                            // hits 0
}

static void child(unsigned action) {
  pthread_t thread;
  on_signal(SIGSYS, make_up_for_it, 0);                   // hits 6
  answer(SYS_sysinfo, action);                            // hits 6
  if (action == SECCOMP_RET_KILL_THREAD) {                // hits 6
    pthread_create(&thread, NULL, call_in_thread, NULL);  // hits 1
    pthread_join(thread, NULL);                           // hits 1
    say("the thread is gone\n");                          // hits 1
  }
  long result = syscall(SYS_sysinfo, NULL);               // hits 6
  say("%ld %s\n", result, result < 0 ? strerror(errno) : "");  // hits 4
  if (seen_code == 1) {                                   // hits 4
    say("sysinfo %d, data %d, arch %d\n", seen_call == SYS_sysinfo, seen_data, seen_arch);
  }
  _exit(0);                                               // hits 4
}

static void tell(const char* name, unsigned action) {
  say("%s: ", name);                                      // hits 1
  pid_t pid = fork();
  if (pid == 0) child(action);
  tell_end("child", reap(pid));                           // hits 1
}

int main(void) {
  tell("errno", SECCOMP_RET_ERRNO | ENOTNAM);             // hits 1
  tell("trap", SECCOMP_RET_TRAP | 99);                    // hits 1
  tell("trace", SECCOMP_RET_TRACE | 5);                   // hits 1
  tell("log", SECCOMP_RET_LOG);                           // hits 1
  tell("kill the thread", SECCOMP_RET_KILL_THREAD);       // hits 1
  tell("kill the process", SECCOMP_RET_KILL_PROCESS);     // hits 1
  return 0;                                               // hits 1
}
