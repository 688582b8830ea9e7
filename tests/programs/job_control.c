// Proves that a process group is stopped and continued as one, as a shell does with a job.
#include "play.h"

static void tell(const char* who, pid_t child) {
  int status = 0;                                     // hits 2
  waitpid(child, &status, WUNTRACED | WCONTINUED);    // hits 2
  const char* news = WIFSTOPPED(status) ? "stopped" : WIFCONTINUED(status) ? "continued" : "ended";
  say("%s: %s\n", who, news);                         // hits 2
}

int main(void) {
  Gate leader_done = gate_new();                      // hits 1
  Gate stopped_seen = gate_new();                     // hits 1
  pid_t leader = fork();
  if (leader == 0) {
    setpgid(0, 0);                                    // hits 1
    Gate ready = gate_new();                          // hits 1
    sigset_t before = hold(SIGTERM);                  // hits 1
    pid_t member = fork();
    if (member == 0) {
      gate_fire(ready);                               // hits 1
      for (;;) sigsuspend(&before);                   // hits 1
    }
    gate_wait(ready);                                 // hits 1
    kill(member, SIGSTOP);                            // hits 1
    tell("member", member);                           // hits 1
    kill(member, SIGCONT);                            // hits 1
    tell("member", member);                           // hits 1
    gate_fire(leader_done);                           // hits 1
    gate_wait(stopped_seen);                          // hits 1
    kill(member, SIGTERM);                            // hits 1
    tell_end("member", reap(member));                 // hits 1
    _exit(3);                                         // hits 1
  }
  gate_wait(leader_done);                             // hits 1
  killpg(leader, SIGSTOP);                            // hits 1
  tell("leader", leader);                             // hits 1
  killpg(leader, SIGCONT);                            // hits 1
  tell("leader", leader);                             // hits 1
  gate_fire(stopped_seen);                            // hits 1
  tell_end("leader", reap(leader));                   // hits 1
  return 0;                                           // hits 1
}
