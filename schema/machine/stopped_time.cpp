#include "schema/machine/stopped_time.hpp"

namespace recount {

bool resumes(const Action& action) noexcept {
  return action.as<act::Cont>() || action.as<act::Syscall>() || action.as<act::Detach>() || action.as<act::Listen>();
}

void StoppedTime::goes_on(Tid tid, Upid upid, std::int64_t time_ns) {
  const auto since = since_.find(raw(tid));
  if (since == since_.end()) return;
  if (upid != Upid{}) sums_[raw(upid)] += time_ns - since->second;
  since_.erase(since);
}

std::int64_t StoppedTime::take(Upid upid) {
  const auto sum = sums_.find(raw(upid));
  if (sum == sums_.end()) return 0;
  const std::int64_t ns = sum->second;
  sums_.erase(sum);
  return ns;
}

}  // namespace recount
