// Keeps a processor from halting while stops come thick and fast: a thread that does nothing, of the lowest priority there is
// (SCHED_IDLE, sched(7)), so that whatever else wants to run runs instead of it.
//
//   AwakeProcessor processor(Awake::automatic);
//   processor.waited(tid, ns, now_ns);    // after each wait that a stop of `tid` ended
//
// Neither the program's affinity nor the recorder's is touched. Where there are more processors than two, the thread keeps to
// the two between which the stops are handed over: the one that the recorder runs on, and the one that the program ran on.
// It starts at the first stop that AwakeChoice wants it for, and sleeps when no short wait has come for kLingerNs.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "schema/ids.hpp"
#include "tracer/awake_choice.hpp"

namespace recount {

class AwakeProcessor {
 public:
  explicit AwakeProcessor(Awake mode);
  ~AwakeProcessor();
  AwakeProcessor(const AwakeProcessor&) = delete;
  AwakeProcessor& operator=(const AwakeProcessor&) = delete;

  void waited(Tid tid, std::int64_t wait_ns, std::int64_t now_ns);
  const AwakeChoice::Found& found() const noexcept { return choice_.found(); }

 private:
  static constexpr std::int64_t kLingerNs = 300'000;
  static constexpr std::int64_t kFollowNs = 1'000'000;

  void start();
  void stay_awake();
  void follow();

  AwakeChoice choice_;
  cpu_set_t allowed_{};  // to the recorder when it began
  bool is_alone_ = false;  // there is only one processor, or no thread to spare
  std::atomic<std::int64_t> until_ns_{0};  // CLOCK_MONOTONIC; 0: sleep
  std::atomic<int> recorder_cpu_{0};
  std::atomic<Tid> tid_{};  // that stopped last
  std::atomic<bool> is_asleep_{true};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace recount
