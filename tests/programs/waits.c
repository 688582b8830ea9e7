// Proves that a child's end can be looked at, waited for by group or by any, and taken once.
#include "play.h"

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    _exit(17);                                                  // hits 1
  }
  siginfo_t info;
  memset(&info, 0, sizeof info);                                // hits 1
  waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);         // hits 1
  say("looked: %d\n", info.si_status);                          // hits 1
  waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);                   // hits 1
  say("looked again: %d\n", info.si_status);                    // hits 1
  int status = 0;                                               // hits 1
  say("taken: %d\n", waitpid(0, &status, WNOHANG) == child);    // hits 1
  tell_end("child", status);                                    // hits 1
  say("%s\n", waitpid(-1, &status, 0) < 0 ? strerror(errno) : "another");  // hits 1
  signal(SIGCHLD, SIG_IGN);                                     // hits 1
  child = fork();
  if (child == 0) {
    _exit(18);                                                  // hits 1
  }
  say("%s\n", waitpid(child, &status, 0) < 0 ? strerror(errno) : "taken");  // hits 1
  return 0;                                                     // hits 1
}
