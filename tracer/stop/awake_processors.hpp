// Keeps the processors that have nothing to do from halting while stops come thick and fast: threads that do nothing either, with
// the lowest priority that still counts as work (SCHED_BATCH, nice 19; sched(7)).
//
//   AwakeProcessors processors(Awake::automatic);
//   processors.waited(tid, ns, now_ns);    // after each wait that a stop of `tid` ended
//
// The kernel wakes a thread on an idle processor if there is one, and one that is halted wakes slowly. With none idle, the stopped
// thread goes on where the recorder has just answered it, and the recorder where that stopped: both stay on one processor, once they are
// there. So the recorder goes to the program's for a moment, and the threads keep to the others. Threads of SCHED_IDLE do not count as work
// there, and were half as good. The program's affinity is not touched, and the recorder's is what it was afterwards.
//
// It takes a thread for each processor but one, so nothing is done where there are more than kProcessorsMax. They start at the first
// stop that AwakeChoice wants them for, and sleep when no short wait has come for kLingerNs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "schema/vocabulary/ids.hpp"
#include "tracer/stop/awake_choice.hpp"

namespace recount {

class AwakeProcessors {
 public:
  static constexpr int kProcessorsMax = 4;

  explicit AwakeProcessors(Awake mode);
  ~AwakeProcessors();
  AwakeProcessors(const AwakeProcessors&) = delete;
  AwakeProcessors& operator=(const AwakeProcessors&) = delete;

  void waited(Tid tid, std::int64_t wait_ns, std::int64_t now_ns);
  const AwakeChoice::Found& found() const noexcept { return choice_.found(); }

 private:
  static constexpr std::int64_t kLingerNs = 300'000;
  static constexpr std::int64_t kSlowNs = 30'000;  // a wait that woke a halted processor
  static constexpr int kSlowMax = 16;              // so many, and they are no longer on one processor

  void start();
  void join(Tid tid);
  void wake();
  void stay_awake();

  AwakeChoice choice_;
  std::size_t threads_wanted_ = 0;
  int slow_ = kSlowMax;                    // waits since they were brought together; at first they never were
  std::atomic<std::int64_t> until_ns_{0};  // CLOCK_MONOTONIC; 0: sleep
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<std::uint32_t> rounds_{0};  // of waking
  std::atomic<bool> is_over_{false};
  std::vector<std::thread> threads_;
};

}  // namespace recount
