#include "schema/machine/trip_clock.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace recount {

void TripClock::begin(Upid process) { due_[process] = {now_ns_, now_ns_ + kFirstNs}; }

// A timer that is set is set anew for a shorter one only, and the shortest is never: it rings, however many processes begin.
std::int64_t TripClock::take_delay_ns() {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const auto& [process, due] : due_) first = std::min(first, due.at_ns - now_ns_);
  const std::int64_t delay = std::max(first, kFirstNs);
  if (due_.empty() || (timer_ns_ != 0 && timer_ns_ <= delay)) return 0;
  return timer_ns_ = delay;
}

std::vector<Upid> TripClock::ring() {
  now_ns_ += std::exchange(timer_ns_, 0);
  std::vector<Upid> processes;
  for (auto& [process, due] : due_) {
    if (due.at_ns > now_ns_) continue;
    processes.push_back(process);
    due.at_ns = now_ns_ + std::max(kFirstNs, (now_ns_ - due.since_ns) / 8);
  }
  return processes;
}

}  // namespace recount
