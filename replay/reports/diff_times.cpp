#include "replay/reports/diff_times.hpp"

#include <algorithm>

namespace recount {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::int64_t kLeastAlone = 100 * kMillisecondNs, kLeast = 10 * kMillisecondNs;

// How much longer it took than it may have by chance; 0 or less: no longer.
std::int64_t excess_of(const MatchedProcess& matched, const std::vector<Durations>& further, std::int64_t& longest) {
  const auto before = duration_of(*matched.first), after = duration_of(*matched.second);
  if (!before || !after) return 0;
  std::int64_t shortest = *before;
  longest = *before;
  for (const Durations& run : further) {
    const auto found = run.find(matched.first->upid);
    if (found == run.end()) continue;
    shortest = std::min(shortest, found->second);
    longest = std::max(longest, found->second);
  }
  const std::int64_t noise =
      further.empty() ? std::max(longest / 2, kLeastAlone) : std::max(longest - shortest, kLeast);
  return *after > longest + noise ? *after - longest : 0;
}

}  // namespace

std::optional<std::int64_t> duration_of(const ProcessRecord& process) {
  return process.end_ns ? std::optional(*process.end_ns - process.start_ns) : std::nullopt;
}

std::vector<SlowerProcess> slower_of(const std::vector<MatchedProcess>& matched,
                                     const std::vector<Durations>& further) {
  std::vector<SlowerProcess> slower;
  std::map<Upid, std::int64_t> lost_in_children;  // by parent, in the second run
  for (const MatchedProcess& process : matched) {
    std::int64_t longest = 0;
    const std::int64_t excess = excess_of(process, further, longest);
    if (excess <= 0) continue;
    slower.push_back({process, longest, longest + excess});
    lost_in_children[process.second->parent] += excess;
  }
  std::erase_if(slower, [&](const SlowerProcess& one) {
    const auto children = lost_in_children.find(one.process.second->upid);
    return children != lost_in_children.end() && children->second * 5 >= (one.after_ns - one.before_ns) * 4;
  });
  std::stable_sort(slower.begin(), slower.end(), [](const SlowerProcess& a, const SlowerProcess& b) {
    return a.after_ns - a.before_ns > b.after_ns - b.before_ns;
  });
  return slower;
}

}  // namespace recount
