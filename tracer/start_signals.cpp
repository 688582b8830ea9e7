#include "tracer/start_signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace recount {
namespace {

std::atomic<int> noted{0};
std::atomic<pid_t> recorder{0};

void on_signal(int number) {
  if (::getpid() == recorder) {
    noted = number;
    return;
  }
  ::signal(number, SIG_DFL);
  ::raise(number);  // it is blocked here: it comes at the return
}

}  // namespace

StartSignals::StartSignals() noexcept {
  recorder = ::getpid();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    struct sigaction before {};
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
  }
}

void StartSignals::check() const {
  if (const int number = noted; number != 0) throw Interrupted{number};
}

void die_of(int signal) noexcept {
  ::signal(signal, SIG_DFL);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace recount
