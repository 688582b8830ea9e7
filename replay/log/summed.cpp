#include "replay/log/summed.hpp"

namespace recount {
namespace {

std::uint32_t id_at(const Statement& row, int column) { return static_cast<std::uint32_t>(row.integer(column)); }

}  // namespace

Summed::Summed(const LogFile& log) {
  if (!log.compacted()) return;
  Statement thread(
      log.database(),
      "SELECT utid, exec_id, group_id, first_seq, last_seq FROM trace_sum_thread ORDER BY first_seq, utid");
  while (thread.step())
    threads_.push_back({Utid{id_at(thread, 0)}, ExecId{id_at(thread, 1)}, id_at(thread, 2),
                        static_cast<Seq>(thread.integer(3)), static_cast<Seq>(thread.integer(4))});
  for (Statement row(log.database(), "SELECT group_id, first_set, last_set FROM trace_sum"); row.step();)
    groups_[id_at(row, 0)].emplace_back(id_at(row, 1), id_at(row, 2));
  for (Statement row(log.database(), "SELECT set_id, kind, id FROM trace_sum_set"); row.step();)
    sets_[id_at(row, 0)].push_back({static_cast<SumKind>(row.integer(1)), id_at(row, 2)});
  check(log);
}

// A few rows may stand for very many, so a file that is no log of ours could keep a reader busy for ever.
void Summed::check(const LogFile& log) const {
  std::map<std::uint32_t, std::uint64_t> up_to;  // a set: the items of it and of those before it
  std::uint64_t items = 0;
  for (const auto& [set, of_set] : sets_) up_to[set] = items += of_set.size();
  const auto before = [&](auto at) { return at == up_to.begin() ? 0 : std::prev(at)->second; };
  std::map<std::uint32_t, std::uint64_t> of_group;
  for (const auto& [group, ranges] : groups_)
    for (const auto& [first, last] : ranges)
      if (first <= last) of_group[group] += before(up_to.upper_bound(last)) - before(up_to.lower_bound(first));
  std::uint64_t all = 0;
  for (const SummedThread& thread : threads_) {
    const auto found = of_group.find(thread.group);
    all += found == of_group.end() ? 1 : found->second;
    if (all > kItemsMax) throw FileError(log.path(), "has more sums than a compacted log can have; compact it again");
  }
}

}  // namespace recount
