// The one place that waits.
//
//   Waiter waiter;                       // takes over the recorder's own signals until it goes
//   waiter.set_timer(Timer::timeout, ns);
//   switch (Report r = waiter.next(); r.kind) ...
//
// wait4(2) is the only thing that blocks, so that a stop costs one system call here. It waits for what its own thread
// traces or has forked: the recorder's own processes (child_process.hpp) are another thread's. Timers and the recorder's own
// signals interrupt it: all that would end it, for a program may send any of them to its whole process group, and SIGTSTP and
// SIGCONT. A signal that comes just before wait4 begins to block would be noticed too late; therefore the handler starts an interval timer that goes on ringing, every 20 ms, until what
// it announces has been taken.
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <optional>

#include "schema/vocabulary/event.hpp"
#include "tracer/stop/own_limits.hpp"

namespace recount {

struct Report {
  enum class Kind : std::uint8_t { task, timer, signal, time_spent, no_tasks };
  Kind kind{};
  Tid tid{};            // task
  WaitStatus status{};  // task
  rusage usage{};       // task, if it ended
  Timer timer{};        // timer
  SigInfo signal{};     // signal; pid is the recorder's if a terminal sent it to the recorder alone
  bool is_repeated =
      false;  // signal: it came from the leader of the recorder's process group, less than kRepeatNs after
              // the one before
};

class Waiter {
 public:
  Waiter();
  ~Waiter();  // puts the signal dispositions back
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Report next();
  void set_timer(Timer timer, std::int64_t duration_ns);
  // Stops the recorder by its own SIGTSTP, for whoever waits for it to see, until it is continued. ECANCELED: it was
  // continued just before.
  int suspend(int signal) noexcept;

  bool processor_time_is_limited() const noexcept { return limits_.processor_time_is_limited(); }

  // For the child between fork and exec: what the recorder was started with is what the program gets.
  void restore_for_child() const noexcept;

 private:
  std::optional<Report> wait_for_task(int options);
  std::optional<Report> due_timer();
  std::optional<Report> pending_signal();
  bool is_repeated(const SigInfo& signal);
  static bool is_for_the_leader(const SigInfo& signal);
  void rearm();

  OwnLimits limits_;
  // timeout(1) signals its command and then its group, and leads the group: two system calls apart, and the machine's load.
  static constexpr std::int64_t kRepeatNs = 250'000'000;
  SigInfo leader_signal_{};                           // the last that the leader of our group sent
  std::int64_t leader_signal_ns_ = 0;                 // CLOCK_MONOTONIC
  static constexpr std::size_t kTimers = 7;           // by the number of the Timer
  std::array<std::int64_t, kTimers> deadlines_ns_{};  // CLOCK_MONOTONIC; 0: not set
};

}  // namespace recount
