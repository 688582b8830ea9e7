// The crash of a process: the signal that it died of, and the snapshot that the recorder took.
//
//   Crashes crashes(log, history);
//   if (const auto crash = crashes.of(process)) ...
#pragma once

#include <optional>
#include <unordered_map>

#include "replay/log/crash_record.hpp"
#include "replay/recount/history.hpp"

namespace recount {

class Crashes {
 public:
  Crashes(const LogFile& log, const History& history);  // which must stay
  const SignalRecord* fatal_signal(const ProcessRecord& process) const;
  std::optional<CrashRecord> of(const ProcessRecord& process);  // also of one that the recorder killed

 private:
  const History& history_;
  CrashRecords records_;
  std::unordered_map<std::uint32_t, const SignalRecord*> fatal_;
};

}  // namespace recount
