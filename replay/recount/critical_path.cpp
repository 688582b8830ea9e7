#include "replay/recount/critical_path.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace recount {
namespace {

class CriticalPath {
 public:
  CriticalPath(const History& history, std::int64_t end_ns) : history_(history), end_ns_(end_ns) {
    for (const SignalRecord& signal : history.signals())
      if (signal.fatal && signal.sender_upid != Upid{} && signal.sender_upid != signal.upid)
        killed_.insert(signal.upid);
  }

  std::map<Upid, std::int64_t> of(const ProcessRecord& root) {
    std::optional<Moment> at = Moment{&root, end_of(root)};
    while (at) at = before(*at);
    return std::move(own_);
  }

 private:
  struct Moment {
    const ProcessRecord* waiter;
    std::int64_t time_ns;
  };
  using Ends = std::vector<std::pair<std::int64_t, Upid>>;  // ascending

  std::int64_t end_of(const ProcessRecord& process) const { return process.end_ns.value_or(end_ns_); }

  // Of the children that the process may have waited for.
  const Ends& ends_of(const ProcessRecord& process) {
    const auto [at, is_new] = ends_.try_emplace(process.upid);
    if (is_new) {
      for (const Upid child : process.children)
        if (!killed_.contains(child)) at->second.emplace_back(end_of(*history_.process(child)), child);
      std::sort(at->second.begin(), at->second.end());
    }
    return at->second;
  }

  // What the waiter did until then, and the moment from which on it did it. A child that ends where another begins comes first; each
  // step leads to another end or beginning, so it ends.
  std::optional<Moment> before(const Moment& at) {
    const ProcessRecord& waiter = *at.waiter;
    const Ends& ends = ends_of(waiter);
    const auto after = std::upper_bound(ends.begin(), ends.end(), at.time_ns,
                                        [](std::int64_t time, const auto& end) { return time < end.first; });
    const bool is_first = after == ends.begin() || !seen_.insert(std::prev(after)->second).second;
    own_[waiter.upid] += at.time_ns - (is_first ? waiter.start_ns : std::prev(after)->first);
    if (!is_first) return Moment{history_.process(std::prev(after)->second), std::prev(after)->first};
    const ProcessRecord* const parent = history_.process(waiter.parent);
    return parent ? std::optional(Moment{parent, waiter.start_ns}) : std::nullopt;
  }

  const History& history_;
  std::int64_t end_ns_;
  std::set<Upid> killed_;
  std::set<Upid> seen_;  // whose ends are on the path
  std::map<Upid, Ends> ends_;
  std::map<Upid, std::int64_t> own_;
};

}  // namespace

std::map<Upid, std::int64_t> critical_path(const History& history, const ProcessRecord& root, std::int64_t end_ns) {
  return CriticalPath(history, end_ns).of(root);
}

}  // namespace recount
