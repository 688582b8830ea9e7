// Proves that a program which handles Ctrl-Z has its say before it stops, as an editor does that tidies up the terminal.
#include "play.h"

static void on_stop(int signal_number, siginfo_t* info, void* context) {
  (void)info, (void)context;
  say("tidying up\n");                       // hits 1
  signal(signal_number, SIG_DFL);            // hits 1
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal_number);
  raise(signal_number);                      // hits 1
  sigprocmask(SIG_UNBLOCK, &only, NULL);     // hits 1: here it stops
  on_signal(signal_number, on_stop, 0);      // hits 1
  say("back again\n");                       // hits 1
}

int main(void) {
  on_signal(SIGTSTP, on_stop, 0);            // hits 1
  say("at work\n");                          // hits 1
  char line[80];  // whole lines: what is left of one would be the shell's
  for (;;) {
    ssize_t got = read(STDIN_FILENO, line, sizeof line);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (line[0] == 'q') return 9;
  }
  return 3;
}
