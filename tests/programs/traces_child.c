// Proves what becomes of a program that traces its own child, by the request that its argument names.
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "play.h"

// Without the C library, whose function would tell of it.
static int attach_unseen(pid_t child) {
  long result = SYS_ptrace;
  __asm__ volatile("xor %%r10d, %%r10d\n\tsyscall"
                   : "+a"(result)
                   : "D"((long)PTRACE_ATTACH), "S"((long)child), "d"(0L)
                   : "rcx", "r10", "r11", "memory");
  errno = (int)-result;
  return result == 0 ? 0 : -1;
}

static int trace(const char* how, pid_t child) {
  if (strcmp(how, "attach") == 0) return (int)ptrace(PTRACE_ATTACH, child, 0, 0);
  if (strcmp(how, "seize") == 0) return (int)ptrace(PTRACE_SEIZE, child, 0, 0);
  if (strcmp(how, "unseen") == 0) return attach_unseen(child);
  return 0;
}

int main(int argc, char** argv) {
  const char* how = argc > 1 ? argv[1] : "nothing";
  if (strcmp(how, "killed") == 0) raise(SIGTERM);
  Gate told = gate_new();
  pid_t child = fork();
  if (child == 0) {
    if (strcmp(how, "traceme") == 0 && ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(errno);
    gate_wait(told);
    _exit(0);
  }
  int result = trace(how, child) == 0 ? 0 : errno;
  gate_fire(told);
  int status = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
    ptrace(PTRACE_CONT, child, 0, WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) result = WEXITSTATUS(status);
  say("%s: %s\n", how, result == 0 ? "done" : strerrorname_np(result));
  return result == 0 ? 0 : 4;
}
