#include "tracer/log/diagnostic.hpp"

#include <signal.h>

#include <iostream>

namespace recount {

// In the background of a terminal with `tostop` a write raises SIGTTOU, unless that is blocked (tty_ioctl(4), TOSTOP).
void say(const std::string& text) {
  sigset_t only, before;
  sigemptyset(&only);
  sigaddset(&only, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &only, &before);
  std::cerr << "recount-record: " + text + '\n';
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void tell(const Diagnostic& diagnostic, bool quiet, bool verbose) {
  if (diagnostic.severity == "info" && !verbose) return;
  if (diagnostic.severity == "notice" && quiet) return;
  say(diagnostic.remedy.empty() ? diagnostic.message : diagnostic.message + "; " + diagnostic.remedy);
}

}  // namespace recount
