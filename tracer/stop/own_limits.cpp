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
  lift(RLIMIT_NOFILE);
  const std::optional<rlimit> limit = lift(RLIMIT_CPU);
  if (!limit || limit->rlim_max == RLIM_INFINITY) return;
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGXCPU;
  if (::timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer_) != 0)
    throw RecordError(std::string("cannot watch the recorder's processor time, which is limited: ") +
                      std::strerror(errno));
  has_timer_ = true;
  const itimerspec when = warning_before(limit->rlim_max);
  ::timer_settime(timer_, 0, &when, nullptr);
}

OwnLimits::~OwnLimits() {
  if (has_timer_) ::timer_delete(timer_);
  restore();
}

std::optional<rlimit> OwnLimits::lift(int resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return std::nullopt;
  const rlimit lifted{limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur != limit.rlim_max && ::setrlimit(resource, &lifted) == 0) lifted_.emplace_back(resource, limit);
  return limit;
}

void OwnLimits::restore() const noexcept {
  for (const Lifted& limit : lifted_) ::setrlimit(limit.resource, &limit.before);
}

}  // namespace recount
