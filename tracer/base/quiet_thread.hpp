// A thread that no signal is delivered to: signals are the tracer's.
#pragma once

#include <signal.h>

#include <system_error>
#include <thread>
#include <utility>

#include "tracer/base/error.hpp"

namespace recount {

// What to do where fork(2) or pthread_create(3) says EAGAIN, "Resource temporarily unavailable".
inline constexpr const char* kMoreProcesses =
    "; too many processes or threads of this user are running, or memory is short: end some, or raise the limits "
    "(ulimit -u, ulimit -v)";

// It inherits a mask that blocks them all (pthread_sigmask(3)). RecordError if there can be none.
template <typename Work>
std::thread thread_without_signals(Work work) {
  class Mask {
   public:
    Mask() noexcept {
      sigset_t all;
      sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~Mask() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

   private:
    sigset_t before_{};
  };
  const Mask mask;
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& error) {
    throw RecordError("cannot start a thread of the recorder's own: " + error.code().message() + kMoreProcesses);
  }
}

}  // namespace recount
