// Whether it pays to keep an idle processor awake while stops come thick and fast: decided by trying both.
//
//   AwakeChoice choice(Awake::automatic);
//   bool awake = choice.waited(ns);    // how long the wait for the next stop took; the answer holds for the next one
//
// A processor that has nothing to do halts, and to wake it takes 1 us to 100 us, by the processor, its hypervisor and the idle
// governor (Documentation/admin-guide/pm/cpuidle.rst). Between a program and its tracer that is paid up to twice a stop. Short
// waits are taken without and with it, kWindow each; what had the clearly lower median is kept, and both are tried again when
// waits turn out longer than they were in the trial, or after a while that doubles as long as the answer stays the same. Long waits
// are the program's own work, and count for neither. No clock, no threads: times come from the caller.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace recount {

enum class Awake : std::uint8_t { automatic, always, never };

class AwakeChoice {
 public:
  static constexpr std::int64_t kShortNs = 300'000;
  static constexpr std::size_t kWindow = 64;
  static constexpr std::size_t kSettling =
      32;  // of a window's first waits nothing is said: the thread wakes, or goes to sleep
  static constexpr std::size_t kHeldMin = 256;
  static constexpr std::size_t kHeldMax = 8192;
  static constexpr int kTooLong = 16;  // so many more waits than not took over twice what they took in the trial

  explicit AwakeChoice(Awake mode) : mode_(mode) {}

  // Whether to stay awake for the wait that comes next. False after a long wait: who sleeps long is woken late anyway.
  bool waited(std::int64_t ns);

  struct Found {
    std::int64_t plain_ns = 0;  // medians of the last trial; 0: there was none yet
    std::int64_t awake_ns = 0;
    bool awake = false;  // what was chosen
  };
  const Found& found() const noexcept { return found_; }

 private:
  void try_both(std::int64_t ns);
  void choose();
  bool is_worse_than_tried(std::int64_t ns);

  Awake mode_;
  Found found_;
  std::size_t hold_ = kHeldMin;
  std::size_t held_ = 0;  // waits that the choice still holds for
  int too_long_ = 0;
  std::size_t tried_ = 0;                           // waits of the trial
  std::array<std::vector<std::int64_t>, 2> waits_;  // plain, awake
};

}  // namespace recount
