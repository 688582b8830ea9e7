#include "tracer/stop/own_limits.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "tracer/base/error.hpp"

namespace recount {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

// To let a tree of processes go takes some, but most of a short limit is the recording's.
itimerspec warning_before(rlim_t seconds) {
  const std::int64_t limit_ns = static_cast<std::int64_t>(std::min<rlim_t>(seconds, 1'000'000'000)) * kSecondNs;
  const std::int64_t when_ns = limit_ns - std::min(kSecondNs, limit_ns / 3);
  itimerspec when{};
  when.it_value = {when_ns / kSecondNs, when_ns % kSecondNs};
  return when;
}

}  // namespace

OwnLimits::OwnLimits() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CPU, &limit) != 0) return;
  const rlimit lifted{limit.rlim_max, limit.rlim_max};
  ::setrlimit(RLIMIT_CPU, &lifted);
  if (limit.rlim_cur != limit.rlim_max || limit.rlim_max != RLIM_INFINITY) before_ = limit;
  if (limit.rlim_max == RLIM_INFINITY) return;
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGXCPU;
  if (::timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer_) != 0)
    throw RecordError(std::string("cannot watch the recorder's processor time, which is limited: ") +
                      std::strerror(errno));
  has_timer_ = true;
  const itimerspec when = warning_before(limit.rlim_max);
  ::timer_settime(timer_, 0, &when, nullptr);
}

OwnLimits::~OwnLimits() {
  if (has_timer_) ::timer_delete(timer_);
  restore();
}

void OwnLimits::restore() const noexcept {
  if (before_) ::setrlimit(RLIMIT_CPU, &*before_);
}

}  // namespace recount
