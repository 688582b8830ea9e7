// A thread that no signal is delivered to: signals are the tracer's.
#pragma once

#include <signal.h>

#include <thread>
#include <utility>

namespace recount {

// It inherits a mask that blocks them all (pthread_sigmask(3)).
template <typename Work>
std::thread thread_without_signals(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(work));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace recount
