// The clock of a recording: CLOCK_MONOTONIC (clock_gettime(2)), in nanoseconds. It never goes back, and stands still while the
// machine is suspended.
#pragma once

#include <time.h>

#include <cstdint>

namespace recount {

inline std::int64_t monotonic_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace recount
