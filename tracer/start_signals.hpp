// What asks the recorder to end before it traces anything: SIGHUP, SIGINT, SIGQUIT, SIGTERM from the first line of main until the
// Waiter has handlers of its own.
//
//   const StartSignals signals;            // those that were ignored stay ignored
//   ... names are put in place, LiveTracees has a process that waits at its gate ...
//   signals.check();                       // throws Interrupted: nothing has run, and everything is put back
//
// A child that is forked meanwhile, and has not exec'ed yet, ends by such a signal as if there was no handler.
#pragma once

namespace recount {

struct Interrupted {
  int signal;
};

class StartSignals {
 public:
  StartSignals() noexcept;
  void check() const;
};

[[noreturn]] void die_of(int signal) noexcept;  // as if there had been no handler

}  // namespace recount
