#include "tracer/stop/awake_choice.hpp"

#include <algorithm>

namespace recount {
namespace {

// Of what the other takes: less is no reason to burn a processor.
constexpr double kClearly = 0.8;

std::int64_t median_of(std::vector<std::int64_t>& numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

}  // namespace

bool AwakeChoice::waited(std::int64_t ns) {
  const bool is_short = ns < kShortNs;
  if (mode_ != Awake::automatic) return is_short && mode_ == Awake::always;
  if (!is_short) return false;
  if (held_ > 0) {
    held_ = is_worse_than_tried(ns) ? 0 : held_ - 1;
    return found_.awake;
  }
  try_both(ns);
  return held_ > 0 ? found_.awake : tried_ >= kWindow;
}

void AwakeChoice::try_both(std::int64_t ns) {
  if (tried_ % kWindow >= kSettling) waits_[tried_ / kWindow].push_back(ns);
  if (++tried_ == 2 * kWindow) choose();
}

void AwakeChoice::choose() {
  const bool was_awake = found_.awake;
  found_.plain_ns = median_of(waits_[0]);
  found_.awake_ns = median_of(waits_[1]);
  found_.awake = static_cast<double>(found_.awake_ns) < kClearly * static_cast<double>(found_.plain_ns);
  hold_ = found_.awake == was_awake ? std::min(2 * hold_, kHeldMax) : kHeldMin;
  held_ = hold_;
  tried_ = 0;
  too_long_ = 0;
  for (auto& waits : waits_) waits.clear();
}

bool AwakeChoice::is_worse_than_tried(std::int64_t ns) {
  const bool is_too_long = ns > 2 * (found_.awake ? found_.awake_ns : found_.plain_ns);
  too_long_ = is_too_long ? too_long_ + 1 : std::max(too_long_ - 1, 0);
  return too_long_ >= kTooLong;
}

}  // namespace recount
