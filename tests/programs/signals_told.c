// Proves which signals reach a program: it says each one that comes, and whether it found SIGHUP
// ignored. With an argument it leaves with that status at the first one; without, only what can't
// be handled ends it.
#include "play.h"

int main(int argc, char** argv) {
  struct sigaction hang_up;
  sigaction(SIGHUP, NULL, &hang_up);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGQUIT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  say("SIGHUP is %s\n", hang_up.sa_handler == SIG_IGN ? "ignored" : "not ignored");
  for (;;) {
    int number = 0;
    sigwait(&signals, &number);
    say("got %s\n", sigabbrev_np(number));
    if (argc > 1) return atoi(argv[1]);
  }
}
