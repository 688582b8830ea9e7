// Proves that a stopped child is seen as stopped, stays silent until it is continued, and is seen
// as continued.
#include <poll.h>

#include "play.h"

static void echo(int from, int to, Gate seen) {
  char byte;
  while (read(from, &byte, 1) == 1) {            // hits 1
    if (write(to, &byte, 1) != 1) _exit(1);      // hits 1
  }
  raise(SIGSTOP);                                // hits 1
  gate_wait(seen);                               // hits 1
  _exit(7);                                      // hits 1
}

static void await(pid_t child) {
  int status = 0;                                                         // hits 1
  waitpid(child, &status, WUNTRACED | WCONTINUED);                        // hits 1
  if (WIFSTOPPED(status)) say("stopped by signal %d\n", WSTOPSIG(status)); // hits 1
  if (WIFCONTINUED(status)) say("continued\n");                           // hits 1
  if (WIFEXITED(status)) say("exited with %d\n", WEXITSTATUS(status));    // hits 1
}

int main(void) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  Gate seen = gate_new();                      // hits 1
  pid_t child = fork();
  if (child == 0) {
    close(there[1]);                           // hits 1
    echo(there[0], back[1], seen);             // hits 1
  }
  struct pollfd answer = {back[0], POLLIN, 0}; // hits 1
  char byte = 'a';                             // hits 1
  for (int i = 0; i < 3; i++) {                // hits 1
    kill(child, SIGSTOP);                      // hits 1
    await(child);                              // hits 1
    if (write(there[1], &byte, 1) != 1) return 1;
    say("answers while stopped: %d\n", poll(&answer, 1, 30));     // hits 1
    kill(child, SIGCONT);                      // hits 1
    await(child);                              // hits 1
    say("answers: %d\n", poll(&answer, 1, 30000));                // hits 1
    if (read(back[0], &byte, 1) != 1) return 1;
  }
  close(there[1]);                             // hits 1
  await(child);                                // hits 1
  kill(child, SIGCONT);                        // hits 1
  await(child);                                // hits 1
  gate_fire(seen);                             // hits 1
  await(child);                                // hits 1
  return 0;                                    // hits 1
}
