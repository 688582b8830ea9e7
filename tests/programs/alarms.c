// Proves that alarm(2) rings once, breaks off what waits, can be put off and taken back, is not
// inherited by a child, survives an exec, and kills who does not mind it.
#include "play.h"

static volatile sig_atomic_t rung;

static void on_alarm(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  rung++;                                            // hits 1
}

int main(int argc, char** argv) {
  if (argc > 1) {                                    // hits 2
    say("after the exec: %d\n", alarm(0) > 90);      // hits 1
    alarm(1);                                        // hits 1
    for (;;) pause();                                // hits 1
  }
  on_signal(SIGALRM, on_alarm, 0);                   // hits 1
  say("none before: %u\n", alarm(1));                // hits 1
  int result = pause();                              // hits 1
  say("pause: %d %s, rung %d\n", result, strerror(errno), (int)rung);  // hits 1
  say("none left: %u\n", alarm(100));                // hits 1
  unsigned left = alarm(50);                         // hits 1
  say("put off: %d\n", left > 90 && left <= 100);    // hits 1
  pid_t child = fork();
  if (child == 0) {
    _exit((int)alarm(0));                            // hits 1
  }
  tell_end("child", reap(child));                    // hits 1
  left = alarm(0);                                   // hits 1
  say("taken back: %d\n", left > 40 && left <= 50);  // hits 1
  say("rung: %d\n", (int)rung);                      // hits 1
  alarm(100);                                        // hits 1
  execl(argv[0], argv[0], "again", (char*)NULL);     // hits 1
  return 9;                                          // hits 0
}
