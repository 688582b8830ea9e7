#include "replay/recount/crashes.hpp"

#include <vector>

namespace recount {

Crashes::Crashes(const LogFile& log, const History& history) : history_(history), records_(log) {
  for (const SignalRecord& signal : history.signals())
    if (signal.fatal) fatal_[raw(signal.upid)] = &signal;
}

const SignalRecord* Crashes::fatal_signal(const ProcessRecord& process) const {
  const auto found = fatal_.find(raw(process.upid));
  return found == fatal_.end() ? nullptr : found->second;
}

std::optional<CrashRecord> Crashes::of(const ProcessRecord& process) {
  if (process.ended_by == EndedBy::others) {
    const SignalRecord* const signal = fatal_signal(process);
    return signal ? records_.at(signal->seq, signal->tid) : std::nullopt;
  }
  std::vector<Utid> threads;
  for (const std::size_t at : process.threads) threads.push_back(history_.threads()[at].utid);
  return records_.killed(threads);
}

}  // namespace recount
