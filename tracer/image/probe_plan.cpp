#include "tracer/image/probe_plan.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

namespace recount {
namespace {

constexpr std::uint32_t kNone = ControlFlow::kNone;

bool is_before(const PlannedLine& a, const PlannedLine& b) {
  return std::tie(a.probe, a.row.file, a.row.line) < std::tie(b.probe, b.row.file, b.row.line);
}

// Whether no way from a block avoids the probes of blocks that it runs before, and which ones are met first.
class Guard {
 public:
  static constexpr std::size_t kProbesMax = 12;  // each has a row in the log for each line

  Guard(const ControlFlow& flow, const std::vector<bool>& probed) : flow_(flow), probed_(probed) {}

  std::optional<std::vector<std::uint32_t>> of(std::uint32_t block) {
    block_ = block;
    met_.clear();
    seen_.clear();
    if (!every_way_from(block)) return std::nullopt;
    return met_;
  }

 private:
  static constexpr std::size_t kSeenMax = 200;

  bool every_way_from(std::uint32_t at) {
    const ControlFlow::Block& block = flow_.blocks()[at];
    if (block.leaves) return false;
    return std::all_of(std::begin(block.next), std::end(block.next),
                       [this](std::uint32_t next) { return next == kNone || way_to(next); });
  }
  bool way_to(std::uint32_t next) {
    if (next == block_ || !flow_.runs_before(block_, next)) return false;
    if (const auto known = seen_.find(next); known != seen_.end()) return known->second;
    if (probed_[next]) {
      met_.push_back(next);
      seen_[next] = true;
      return met_.size() <= kProbesMax;
    }
    if (seen_.size() >= kSeenMax) return false;
    seen_[next] = false;  // met again before its end: a round without a probe
    return seen_[next] = every_way_from(next);
  }

  const ControlFlow& flow_;
  const std::vector<bool>& probed_;
  std::uint32_t block_ = kNone;
  std::vector<std::uint32_t> met_;
  std::unordered_map<std::uint32_t, bool> seen_;
};

class BlockPlan {
 public:
  BlockPlan(const std::vector<CodeRow>& rows, const ControlFlow& flow)
      : rows_(rows),
        flow_(flow),
        rows_of_(flow.blocks().size()),
        probed_(flow.blocks().size()),
        address_(flow.blocks().size()) {
    for (const CodeRow& row : rows) place(row);
    drop_repeated();
  }

  std::vector<PlannedLine> make() {
    Guard guard(flow_, probed_);
    for (const std::uint32_t block : flow_.inner_first())
      if (!rows_of_[block].empty()) tell_of(block, guard);
    std::sort(plan_.begin(), plan_.end(), is_before);
    return std::move(plan_);
  }

 private:
  using Told = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>;  // probe, file, line

  void place(const CodeRow& row) {
    const std::uint32_t block = flow_.block_at(row.address);
    if (block == kNone || flow_.blocks()[block].doubtful || !flow_.starts_at(row.address))
      plan_.push_back({row.address, row, row.address});
    else
      rows_of_[block].push_back(row);
  }

  void drop_repeated() {
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> blocks_of;
    const auto key = [](const CodeRow& row) { return std::tuple(row.file, row.line, row.function); };
    for (std::uint32_t block = 0; block < rows_of_.size(); ++block)
      for (const CodeRow& row : rows_of_[block]) blocks_of[key(row)].push_back(block);
    for (std::uint32_t block = 0; block < rows_of_.size(); ++block) {
      std::vector<CodeRow> kept;
      for (const CodeRow& row : rows_of_[block]) {
        const auto ran_before = [&](std::uint32_t other) { return other != block && flow_.runs_before(other, block); };
        const auto is_same = [&](const CodeRow& other) { return key(other) == key(row); };
        const auto& others = blocks_of[key(row)];
        if (std::none_of(others.begin(), others.end(), ran_before) && std::none_of(kept.begin(), kept.end(), is_same))
          kept.push_back(row);
      }
      rows_of_[block] = std::move(kept);
    }
  }

  void tell_of(std::uint32_t block, Guard& guard) {
    if (const auto probes = guard.of(block); probes && may_tell(*probes, block)) {
      const std::uint64_t first = address_[*std::min_element(probes->begin(), probes->end())];
      for (const std::uint32_t probe : *probes)
        for (const CodeRow& row : rows_of_[block]) tell(address_[probe], row, first);
      return;
    }
    probed_[block] = true;
    address_[block] = rows_of_[block].back().address;
    // From the probe backward: of the same line in two functions (it was inlined twice) the earlier has a probe of its own.
    for (auto row = rows_of_[block].rbegin(); row != rows_of_[block].rend(); ++row) {
      const bool is_twice = told_.contains({address_[block], row->file, row->line});
      const std::uint64_t probe = is_twice ? row->address : address_[block];
      tell(probe, *row, probe);
    }
  }

  bool may_tell(const std::vector<std::uint32_t>& probes, std::uint32_t block) const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> lines;
    for (const CodeRow& row : rows_of_[block])
      if (++lines[{row.file, row.line}] > 1) return false;
    return std::all_of(probes.begin(), probes.end(), [&](std::uint32_t probe) {
      return std::none_of(rows_of_[block].begin(), rows_of_[block].end(), [&](const CodeRow& row) {
        return told_.contains({address_[probe], row.file, row.line});
      });
    });
  }

  void tell(std::uint64_t probe, const CodeRow& row, std::uint64_t first) {
    told_.insert({probe, row.file, row.line});
    plan_.push_back({probe, row, first});
  }

  const std::vector<CodeRow>& rows_;
  const ControlFlow& flow_;
  std::vector<std::vector<CodeRow>> rows_of_;  // by block
  std::vector<bool> probed_;
  std::vector<std::uint64_t> address_;  // of the probe of a block
  std::set<Told> told_;
  std::vector<PlannedLine> plan_;
};

}  // namespace

std::vector<PlannedLine> plan_by_line(const std::vector<CodeRow>& rows) {
  std::vector<PlannedLine> plan;
  for (const CodeRow& row : rows) plan.push_back({row.address, row, row.address});
  return plan;
}

std::vector<PlannedLine> plan_by_block(const std::vector<CodeRow>& rows, const ControlFlow& flow) {
  return BlockPlan(rows, flow).make();
}

}  // namespace recount
