// Proves that a change of the terminal's size is told, once, and with the new size.
#include <sys/ioctl.h>

#include "play.h"

static void tell_size(const char* when) {
  struct winsize size = {0, 0, 0, 0};
  ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
  say("%s %dx%d\n", when, size.ws_row, size.ws_col);
}

int main(void) {
  sigset_t change;
  sigemptyset(&change);
  sigaddset(&change, SIGWINCH);
  sigprocmask(SIG_BLOCK, &change, NULL);
  tell_size("at first");
  int signal_number = 0;
  sigwait(&change, &signal_number);
  tell_size("changed");
  return 4;
}
