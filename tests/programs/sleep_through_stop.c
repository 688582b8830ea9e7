// Proves that a sleep which a stop and a continue interrupt is taken up again, unnoticed.
#include <time.h>

#include "play.h"

int main(void) {
  Gate ready = gate_new();                              // hits 1
  pid_t child = fork();
  if (child == 0) {
    gate_fire(ready);                                   // hits 1
    struct timespec span = {0, 200 * 1000 * 1000};      // hits 1
    int result = nanosleep(&span, NULL);                // hits 1
    say("slept: %d\n", result);                         // hits 1
    _exit(0);                                           // hits 1
  }
  gate_wait(ready);                                     // hits 1
  usleep(50000);                                        // hits 1
  for (int i = 0; i < 5; i++) {                         // hits 1
    int status = 0;                                     // hits 1
    kill(child, SIGSTOP);                               // hits 1
    waitpid(child, &status, WUNTRACED);                 // hits 1
    kill(child, SIGCONT);                               // hits 1
  }
  tell_end("child", reap(child));                       // hits 1
  return 0;                                             // hits 1
}
