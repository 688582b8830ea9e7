// What a compacted log has instead of the rows of its hits (schema/trace.sql, trace_sum): who hit what, without order and time.
//
//   Summed summed(log);
//   for (const SummedThread& thread : summed.threads())
//     summed.each(thread, [](SumKind kind, std::uint32_t id) { ... });
//
// History hands it on to whoever counts hits, and the view trace_summed has the same: no report reads the tables itself.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "replay/log/log_file.hpp"

namespace recount {

enum class SumKind : std::uint8_t { hit = 1, way_on = 2, way_jump = 3, retired = 4 };

struct SumItem {
  SumKind kind{};
  std::uint32_t id = 0;  // ProbeId; else WatchId
  friend auto operator<=>(const SumItem&, const SumItem&) = default;
};

struct SummedThread {
  Utid utid{};
  ExecId exec{};
  std::uint32_t group = 0;
  Seq first_seq = 0, last_seq = 0;  // of what was dropped: the first row, the last hit; 0: none
};

class Summed {
 public:
  static constexpr std::uint64_t kItemsMax = 1 << 26;  // of all threads; a log of ours has less

  explicit Summed(const LogFile& log);  // throws FileError
  const std::vector<SummedThread>& threads() const noexcept { return threads_; }

  template <typename Take>
  void each(const SummedThread& thread, Take take) const {
    const auto found = groups_.find(thread.group);
    if (found == groups_.end()) return;
    for (const auto& [first, last] : found->second)
      for (auto set = sets_.lower_bound(first); set != sets_.end() && set->first <= last; ++set)
        for (const SumItem& item : set->second) take(item.kind, item.id);
  }

 private:
  void check(const LogFile& log) const;

  std::vector<SummedThread> threads_;
  std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, std::uint32_t>>> groups_;  // first and last sets
  std::map<std::uint32_t, std::vector<SumItem>> sets_;
};

}  // namespace recount
