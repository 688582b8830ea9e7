#include "tracer/code/control_flow.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

namespace recount {
namespace {

void sort_once(std::vector<std::uint64_t>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

bool has(const std::vector<std::uint64_t>& sorted, std::uint64_t address) {
  return std::binary_search(sorted.begin(), sorted.end(), address);
}

}  // namespace

// Asked of each number in the data: most lie far away.
const ControlFlow::Range* ControlFlow::range_of(std::uint64_t address) const noexcept {
  if (ranges_.empty() || address < ranges_.front().start || address >= ranges_.back().end) return nullptr;
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](std::uint64_t value, const Range& range) { return value < range.start; });
  return after != ranges_.begin() && address < std::prev(after)->end ? &*std::prev(after) : nullptr;
}

bool ControlFlow::starts_at(std::uint64_t address) const noexcept {
  const Range* const range = range_of(address);
  return range != nullptr && starts_[range->bits + static_cast<std::size_t>(address - range->start)];
}

std::uint32_t ControlFlow::block_at(std::uint64_t address) const noexcept {
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), address,
                                      [](std::uint64_t value, const Block& block) { return value < block.start; });
  if (after == blocks_.begin() || address >= std::prev(after)->end) return kNone;
  return static_cast<std::uint32_t>(std::prev(after) - blocks_.begin());
}

std::optional<std::uint64_t> ControlFlow::before_in_block(std::uint64_t address) const noexcept {
  const std::uint32_t block = block_at(address);
  if (block == kNone || blocks_[block].doubtful) return std::nullopt;
  for (std::uint64_t before = address; before-- > blocks_[block].start;)
    if (starts_at(before)) return before;
  return std::nullopt;
}

void ControlFlow::decode() {
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.start < b.start; });
  std::vector<Range> apart;
  for (const Range& range : ranges_) {
    if (apart.empty() || range.start >= apart.back().end)
      apart.push_back(range);
    else
      apart.back().end = std::max(apart.back().end, range.end);
    functions_.push_back(range.start);
  }
  ranges_ = std::move(apart);
  std::size_t bits = 0;
  for (Range& range : ranges_) {
    range.end = std::min(range.end, range.start + code_.from(range.start).size());
    range.bits = bits;
    bits += static_cast<std::size_t>(range.end - range.start);
  }
  starts_.resize(bits);
  sort_once(functions_);
  for (const Range& range : ranges_) decode(range);
  sort_once(tables_);
}

// Where nothing that we know stands, the next function is where decoding falls into step again.
void ControlFlow::decode(const Range& range) {
  const FlowReader reader(code_.mode());
  for (std::uint64_t address = range.start; address < range.end;) {
    const auto at = reader.read(address, code_.from(address).first(static_cast<std::size_t>(range.end - address)));
    if (!at) {
      unreadable_.push_back(address);
      const auto next = std::upper_bound(functions_.begin(), functions_.end(), address);
      address = next == functions_.end() ? range.end : *next;
      continue;
    }
    starts_[range.bits + static_cast<std::size_t>(address - range.start)] = true;
    note(*at);
    if (at->flow == Flow::indirect) note_jump(*at, range);
    address = at->next();
  }
}

void ControlFlow::note(const FlowInstruction& at) {
  if (at.flow != Flow::on) turns_.push_back(at);
  if (at.named != 0 && range_of(at.named)) named_code_.push_back(at.named);
  if (at.named != 0 && !range_of(at.named)) named_.push_back({at.address, at.named});
  if (at.absolute != 0) absolute_.push_back({at.address, at.absolute});
  for (const std::uint64_t base : bases_)
    if (const std::uint64_t named = arch::narrowed(base + at.absolute, code_.mode());
        at.absolute != 0 && range_of(named))
      named_code_.push_back(named);
}

void ControlFlow::note_jump(const FlowInstruction& at, const Range& range) {
  constexpr std::size_t kBeforeMax = 64;
  const auto after = std::upper_bound(functions_.begin(), functions_.end(), at.address);
  const std::uint64_t start = after == functions_.begin() ? range.start : std::max(range.start, *std::prev(after));
  std::vector<std::uint64_t> before;
  for (std::uint64_t address = at.address; address-- > start && before.size() < kBeforeMax;)
    if (starts_[range.bits + static_cast<std::size_t>(address - range.start)]) before.push_back(address);
  std::reverse(before.begin(), before.end());
  jumps_.push_back(computed_jump_at(at.address, before, before.empty() || before.front() == start, code_));
  ComputedJump& jump = jumps_.back();
  if (code_.mode() == arch::Mode::bits32) place_table(jump);
  if (jump.by == ComputedJump::By::table && jump.table != 0) tables_.push_back(jump.table);
}

void ControlFlow::place_table(ComputedJump& jump) const {
  if (jump.by != ComputedJump::By::table) return;
  if (bases_.empty() || jump.entries == 0) jump.by = ComputedJump::By::sum;
  if (!bases_.empty()) jump.table = arch::narrowed(bases_.front() + jump.offset, code_.mode());
}

std::vector<std::uint64_t> ControlFlow::tables(bool placed) const {
  std::vector<std::uint32_t> head = heads();
  std::vector<bool> is_asked(head.size());
  for (const ComputedJump& jump : jumps_)
    if (jump.by == ComputedJump::By::table && jump.table == 0) is_asked[head[function_of(jump.address)]] = true;
  std::vector<std::uint64_t> found = tables_;
  const auto add = [&](const Name& name) {
    if (is_asked[head[function_of(name.by)]]) found.push_back(name.address);
  };
  std::for_each(named_.begin(), named_.end(), add);
  if (placed) std::for_each(absolute_.begin(), absolute_.end(), add);
  sort_once(found);
  return found;
}

void ControlFlow::add_table(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  const auto next = std::upper_bound(tables_.begin(), tables_.end(), address);
  if (next != tables_.end() && *next - address < bytes.size()) bytes = bytes.first(*next - address);
  const std::size_t size = std::min(bytes.size(), table_bytes_left_);
  table_bytes_left_ -= size;
  const bool is_narrow = code_.mode() == arch::Mode::bits32 && !bases_.empty();
  const std::uint64_t base = is_narrow ? bases_.front() : address;
  std::int32_t distance = 0;
  bool is_whole = true;
  for (std::size_t at = 0; at + sizeof distance <= size; at += sizeof distance) {
    std::memcpy(&distance, bytes.data() + at, sizeof distance);
    const std::uint64_t target =
        arch::narrowed(base + static_cast<std::uint64_t>(std::int64_t{distance}), code_.mode());
    is_whole = is_whole && starts_at(target);
    if (is_whole) targets_of_[address].push_back(target);
    if (!starts_at(target)) continue;
    if (const auto to = table_to_.emplace(target, address).first; to->second != address) to->second = 0;
    by_table_.push_back(target);
    in_tables_.insert(address + at);
  }
}

bool ControlFlow::is_in_table(std::uint64_t address) const noexcept { return in_tables_.contains(address); }

void ControlFlow::build(bool placed) {
  add_named_entries(placed);
  make_blocks();
  link_blocks();
  doubt_functions();
  find_dominators();
  find_thrown_to();
  find_switches();
}

void ControlFlow::add_named_entries(bool placed) {
  for (const FlowInstruction& turn : turns_)
    if (turn.flow == Flow::call && turn.target != 0) entries_.push_back(turn.target);
  for (const Name& name : placed ? absolute_ : std::vector<Name>())
    if (starts_at(name.address)) named_code_.push_back(name.address);
  sort_once(named_code_);
  sort_once(by_table_);
  entries_.insert(entries_.end(), named_code_.begin(), named_code_.end());
  entries_.insert(entries_.end(), functions_.begin(), functions_.end());
  other_entries_ = entries_;
  other_entries_.insert(other_entries_.end(), pads_.begin(), pads_.end());
  sort_once(other_entries_);
  entries_.insert(entries_.end(), by_table_.begin(), by_table_.end());
  entries_.insert(entries_.end(), pads_.begin(), pads_.end());
  for (const std::uint64_t pad : pads_)
    if (range_of(pad) && !starts_at(pad)) unreadable_.push_back(pad);
  std::erase_if(entries_, [this](std::uint64_t address) { return !starts_at(address); });
  sort_once(entries_);
}

void ControlFlow::make_blocks() {
  std::vector<std::uint64_t> leaders = entries_;
  for (const FlowInstruction& turn : turns_) {
    leaders.push_back(turn.next());
    if (turn.flow == Flow::branch || turn.flow == Flow::jump) leaders.push_back(turn.target);
  }
  for (const std::uint64_t address : unreadable_) leaders.push_back(address);
  for (const Range& range : ranges_) leaders.push_back(range.start);
  sort_once(leaders);
  auto leader = leaders.begin();
  for (const Range& range : ranges_) {
    leader = std::lower_bound(leader, leaders.end(), range.start);
    for (; leader != leaders.end() && *leader < range.end; ++leader) {
      const auto next = std::next(leader);
      const std::uint64_t end = next == leaders.end() ? range.end : std::min(range.end, *next);
      Block block;
      block.start = *leader;
      block.end = end;
      block.is_entry = block.is_named = has(entries_, *leader);
      block.doubtful = !starts_at(*leader);
      blocks_.push_back(block);
    }
  }
}

void ControlFlow::link_blocks() {
  auto turn = turns_.begin();
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
    Block& block = blocks_[i];
    while (turn != turns_.end() && turn->address < block.start) ++turn;
    const bool turns = turn != turns_.end() && turn->address < block.end;
    const Flow flow = turns ? turn->flow : Flow::on;
    const bool goes_on = flow == Flow::on || flow == Flow::branch;
    const bool is_followed = i + 1 < blocks_.size() && blocks_[i + 1].start == block.end;
    block.calls = flow == Flow::call && is_followed;
    if (block.calls) blocks_[i + 1].is_entry = true;
    if (goes_on && is_followed) block.next[0] = i + 1;
    if (flow == Flow::branch || flow == Flow::jump) block.next[1] = block_at(turn->target);
    const bool jumps_away = (flow == Flow::branch || flow == Flow::jump) && block.next[1] == kNone;
    block.leaves =
        jumps_away || (goes_on && !is_followed) || flow == Flow::call || flow == Flow::indirect || flow == Flow::end;
    if (block.next[0] == block.next[1]) block.next[1] = kNone;
    if (block.next[0] == kNone) std::swap(block.next[0], block.next[1]);
  }
}

std::uint32_t ControlFlow::function_of(std::uint64_t address) const noexcept {
  const auto after = std::upper_bound(functions_.begin(), functions_.end(), address);
  return static_cast<std::uint32_t>(after - functions_.begin());
}

// For each function, one of those that jump to each other.
std::vector<std::uint32_t> ControlFlow::heads() const {
  std::vector<std::uint32_t> head(functions_.size() + 1);
  std::iota(head.begin(), head.end(), 0U);
  const auto head_of = [&head](std::uint32_t function) {
    while (head[function] != function) function = head[function] = head[head[function]];
    return function;
  };
  for (const FlowInstruction& turn : turns_)
    if ((turn.flow == Flow::branch || turn.flow == Flow::jump) && range_of(turn.target))
      head[head_of(function_of(turn.address))] = head_of(function_of(turn.target));
  for (const Block& block : blocks_)
    for (const std::uint32_t next : block.next)
      if (next != kNone) head[head_of(function_of(block.start))] = head_of(function_of(blocks_[next].start));
  for (std::uint32_t function = 0; function < head.size(); ++function) head[function] = head_of(function);
  return head;
}

void ControlFlow::doubt_functions() {
  const std::vector<std::uint32_t> head = heads();
  const auto group = [&](std::uint64_t address) { return head[function_of(address)]; };
  std::vector<bool> by_address(head.size()), named(head.size()), table(head.size()), doubtful(head.size());
  for (const std::uint64_t address : by_table_) table[group(address)] = true;
  for (const ComputedJump& jump : jumps_) {
    const bool is_by_table = jump.by == ComputedJump::By::table;
    if (jump.by == ComputedJump::By::address) by_address[group(jump.address)] = true;
    if (jump.by == ComputedJump::By::sum || (is_by_table && !has_whole_table(jump, table[group(jump.address)])))
      doubtful[group(jump.address)] = true;
  }
  for (const FlowInstruction& turn : turns_) {
    const bool jumps = turn.flow == Flow::branch || turn.flow == Flow::jump;
    if (jumps && range_of(turn.target) && !starts_at(turn.target)) doubtful[group(turn.target)] = true;
  }
  for (const std::uint64_t address : named_code_)
    if (!has(functions_, address)) named[group(address)] = true;
  for (const std::uint64_t address : unreadable_) doubtful[group(address)] = true;
  for (std::size_t i = 0; i < head.size(); ++i)
    if (by_address[i] && named[i]) doubtful[i] = true;
  for (Block& block : blocks_)
    if (doubtful[group(block.start)]) block.doubtful = true;
}

// Nothing comes to the jump but through the instructions that make it one by a table, and that was read.
bool ControlFlow::has_whole_table(const ComputedJump& jump, bool any_target) const noexcept {
  return any_target && table_bytes_left_ != 0 && block_at(jump.since) == block_at(jump.address) &&
         (code_.mode() == arch::Mode::bits64 || has_each_entry(jump));
}

bool ControlFlow::has_each_entry(const ComputedJump& jump) const noexcept {
  const auto table = targets_of_.find(jump.table);
  return table != targets_of_.end() && table->second.size() >= jump.entries;
}

// What nobody jumps to is entered from elsewhere.
void ControlFlow::find_dominators() {
  std::vector<bool> is_reached(blocks_.size());
  for (const Block& block : blocks_)
    for (const std::uint32_t next : block.next)
      if (next != kNone) is_reached[next] = true;
  std::vector<DominatorTree::Node> nodes;
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    nodes.push_back({{blocks_[i].next[0], blocks_[i].next[1]}, blocks_[i].is_entry || !is_reached[i]});
  tree_ = DominatorTree(nodes);
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) blocks_[i].dominator = tree_.dominator_of(i);
}

void ControlFlow::find_switches() {
  const std::vector<std::uint32_t> head = heads();
  const auto group = [&](const ComputedJump& jump) { return head[function_of(jump.address)]; };
  std::map<std::uint64_t, int> uses;     // of a table
  std::set<std::uint32_t> is_anonymous;  // functions with a jump by a table that may be any
  for (const ComputedJump& jump : jumps_) {
    if (jump.by != ComputedJump::By::table) continue;
    ++uses[jump.table];
    if (jump.table == 0) is_anonymous.insert(group(jump));
  }
  for (const ComputedJump& jump : jumps_) {
    const auto table = targets_of_.find(jump.table);
    const std::uint32_t block = block_at(jump.address);
    if (jump.by != ComputedJump::By::table || jump.entries == 0 || table == targets_of_.end() || block == kNone)
      continue;
    const bool is_sure = !blocks_[block].doubtful && uses[jump.table] == 1 && !is_anonymous.contains(group(jump));
    if (!is_sure || table->second.size() < jump.entries) continue;
    Switch found{jump.address, jump.guard, {}};
    for (std::size_t i = 0; i < jump.entries; ++i)
      if (std::find(found.targets.begin(), found.targets.end(), table->second[i]) == found.targets.end())
        found.targets.push_back(table->second[i]);
    switches_.push_back(std::move(found));
  }
  std::sort(switches_.begin(), switches_.end(), [](const Switch& a, const Switch& b) { return a.jump < b.jump; });
}

bool ControlFlow::is_case_only(std::uint64_t address) const noexcept {
  const std::uint32_t block = block_at(address);
  const auto table = table_to_.find(address);
  if (block == kNone || table == table_to_.end() || table->second == 0) return false;
  if (blocks_[block].start != address || has(other_entries_, address)) return false;
  return block == 0 || !blocks_[block - 1].calls;
}

// Blocks that execution comes to from these. A landing pad wants the exception in a register: only the unwinder leads there, and what
// stands behind a call that throws may be one.
std::vector<bool> ControlFlow::reached_from(const std::vector<std::uint64_t>& starts, bool catches) const {
  std::vector<bool> reached(blocks_.size());
  std::vector<std::uint32_t> left;
  const auto come_to = [&](std::uint32_t block) {
    if (block == kNone || reached[block] || (!catches && has(pads_, blocks_[block].start))) return;
    reached[block] = true;
    left.push_back(block);
  };
  for (const std::uint64_t start : starts) come_to(block_at(start));
  while (!left.empty()) {
    const std::uint32_t block = left.back();
    left.pop_back();
    for (const std::uint32_t next : blocks_[block].next) come_to(next);
    if (blocks_[block].calls) come_to(block + 1);
  }
  return reached;
}

void ControlFlow::find_thrown_to() {
  if (pads_.empty()) return;
  std::sort(pads_.begin(), pads_.end());
  const std::vector<bool> plainly = reached_from(entries_, false), by_throw = reached_from(pads_, true);
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    blocks_[i].is_thrown_to = by_throw[i] && !plainly[i] && !blocks_[i].doubtful;
}

}  // namespace recount
