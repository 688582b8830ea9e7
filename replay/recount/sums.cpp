#include "replay/recount/sums.hpp"

#include <algorithm>

namespace recount {
namespace {

// Numbers in order, as ranges.
std::vector<Sums::Range> ranges_of(const std::vector<std::uint32_t>& numbers) {
  std::vector<Sums::Range> ranges;
  for (const std::uint32_t number : numbers) {
    if (ranges.empty() || ranges.back().second + 1 != number)
      ranges.emplace_back(number, number);
    else
      ranges.back().second = number;
  }
  return ranges;
}

}  // namespace

void Sums::add(Utid utid, ExecId exec, Seq seq, Seq hit_seq, SumItem item) {
  const auto [at, fresh] = thread_at_.try_emplace({utid, exec}, static_cast<std::uint32_t>(threads_.size()));
  if (fresh) threads_.push_back({utid, exec, 0, seq, 0});
  threads_[at->second].last_seq = std::max(threads_[at->second].last_seq, hit_seq);
  done_.emplace_back(item, at->second);
}

void Sums::finish() {
  make_sets();
  make_groups();
}

void Sums::make_sets() {
  std::sort(done_.begin(), done_.end());
  done_.erase(std::unique(done_.begin(), done_.end()), done_.end());
  sets_of_.resize(threads_.size());
  std::map<std::vector<std::uint32_t>, std::size_t> set_of;  // by the threads that did it
  for (auto at = done_.begin(); at != done_.end();) {
    const SumItem item = at->first;
    std::vector<std::uint32_t> by;
    for (; at != done_.end() && at->first == item; ++at) by.push_back(at->second);
    const auto [set, fresh] = set_of.try_emplace(std::move(by), sets_.size());
    if (fresh) sets_.emplace_back();
    sets_[set->second].push_back(item);
    if (!fresh) continue;
    for (const std::uint32_t thread : set->first) sets_of_[thread].push_back(static_cast<std::uint32_t>(sets_.size()));
  }
  done_ = {};
}

void Sums::make_groups() {
  std::map<std::vector<std::uint32_t>, std::uint32_t> group_of;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const auto [group, fresh] = group_of.try_emplace(sets_of_[i], static_cast<std::uint32_t>(group_of.size() + 1));
    if (fresh) groups_.push_back(ranges_of(sets_of_[i]));
    threads_[i].group = group->second;
  }
}

}  // namespace recount
