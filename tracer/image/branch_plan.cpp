#include "tracer/image/branch_plan.hpp"

#include <algorithm>
#include <utility>

#include "tracer/code/conditional_jump.hpp"

namespace recount {
namespace {

std::vector<std::uint32_t> ways_into(const std::vector<ControlFlow::Block>& blocks) {
  std::vector<std::uint32_t> count(blocks.size());
  for (const ControlFlow::Block& block : blocks)
    for (const std::uint32_t next : block.next)
      if (next != ControlFlow::kNone) ++count[next];
  return count;
}

bool has_probe(const Image& image, std::uint64_t address) {
  const auto at = std::lower_bound(image.probes.begin(), image.probes.end(), ImageAddress{address},
                                   [](const ImageProbe& probe, ImageAddress wanted) { return probe.address < wanted; });
  return at != image.probes.end() && at->address == ImageAddress{address};
}

WatchKind watch_for(std::uint8_t wanted) {
  if (wanted == bits_of(Way::on)) return WatchKind::way_on;
  return wanted == bits_of(Way::jump) ? WatchKind::way_jump : WatchKind::way_both;
}

}  // namespace

BranchPlan::BranchPlan(Subject subject, std::vector<CodeSpan> spans, const std::vector<CodeRow>& rows)
    : subject_(subject),
      spans_(apart(std::move(spans))),
      ways_into_(ways_into(subject.flow.blocks())),
      heads_(subject.flow.heads()) {
  for (const CodeRow& row : rows) lines_.emplace(row.file, row.line);
  for (const FlowInstruction& turn : subject_.flow.turns()) {
    if (turn.flow == Flow::branch && turn.target != turn.next()) add_jump(turn);
    if (turn.flow == Flow::indirect) add_switch(turn);
  }
}

// nullptr: the line does not count.
BranchPlan::Numbers* BranchPlan::numbers_of(const FlowInstruction& jump, const CodeSpan* span) {
  if (span == nullptr || !lines_.contains({span->file, span->line})) return nullptr;
  return &numbers_[{heads_[subject_.flow.function_of(jump.address)], span->file, span->line}];
}

void BranchPlan::add_jump(const FlowInstruction& jump) {
  const CodeSpan* const span = span_of(jump);
  Numbers* const numbers = numbers_of(jump, span);
  if (numbers == nullptr) return;
  const bool is_known = !subject_.flow.blocks()[subject_.flow.block_at(jump.address)].doubtful;
  jumps_.push_back({jump, ways_.size()});
  add_way(jump, Way::on, jump.next(), *span, *numbers).is_alone = is_known && leads_alone(jump.next());
  add_way(jump, Way::jump, jump.target, *span, *numbers).is_alone = is_known && leads_alone(jump.target);
  ++numbers->conditions;
}

void BranchPlan::add_switch(const FlowInstruction& jump) {
  const auto& all = subject_.flow.switches();
  const auto found = std::lower_bound(all.begin(), all.end(), jump.address,
                                      [](const ControlFlow::Switch& a, std::uint64_t b) { return a.jump < b; });
  if (found == all.end() || found->jump != jump.address || found->targets.size() > kCasesMax) return;
  const CodeSpan* const span = span_at(spans_, found->guard);  // clang gives what reads the table no line
  Numbers* const numbers = numbers_of(jump, span);
  if (numbers == nullptr) return;
  for (std::size_t i = 0; i < found->targets.size(); ++i)
    add_way(jump, case_way(i), found->targets[i], *span, *numbers).is_alone = is_case_alone(found->targets[i]);
  ++numbers->conditions;
}

// Where && stands at the end of a line, gcc gives the jump for what follows it the line of the &&: it goes back to that from the line
// of the condition, within one block. gcov counts it at the condition.
const CodeSpan* BranchPlan::span_of(const FlowInstruction& jump) const {
  const CodeSpan* const span = span_at(spans_, jump.address);
  if (span == nullptr || !span->is_plain || span == spans_.data()) return span;
  const CodeSpan* const before = span - 1;
  const ControlFlow::Block& block = subject_.flow.blocks()[subject_.flow.block_at(jump.address)];
  const bool goes_back = before->end == span->start && before->end > block.start && before->file == span->file &&
                         before->line > span->line;
  return goes_back ? before : span;
}

// Bytes that the program itself reads or writes have no probe.
bool BranchPlan::leads_alone(std::uint64_t target) const {
  const std::uint32_t number = subject_.flow.block_at(target);
  if (number == ControlFlow::kNone) return false;
  const ControlFlow::Block& block = subject_.flow.blocks()[number];
  return block.start == target && !block.is_entry && !block.doubtful && ways_into_[number] == 1 &&
         !subject_.own.at(target);
}

bool BranchPlan::is_case_alone(std::uint64_t target) const {
  const std::uint32_t number = subject_.flow.block_at(target);
  return subject_.flow.is_case_only(target) && !subject_.flow.blocks()[number].doubtful && ways_into_[number] == 0 &&
         !subject_.own.at(target);
}

BranchPlan::WayTo& BranchPlan::add_way(const FlowInstruction& jump, Way way, std::uint64_t target, const CodeSpan& span,
                                       Numbers& numbers) {
  const CodeSpan* const to = span_at(spans_, target);
  WayTo added;
  added.way = {ImageAddress{jump.address}, way, span.file, span.line, numbers.ways++, numbers.conditions, 0};
  if (to != nullptr && to->file == span.file) added.way.to_line = to->line;
  added.target = target;
  ways_.push_back(added);
  return ways_.back();
}

void BranchPlan::add_rows(std::vector<CodeRow>& rows) const {
  for (std::uint32_t i = 0; i < ways_.size(); ++i)
    if (ways_[i].is_alone) rows.push_back({ways_[i].target, kWayFile, i, ImageLine::kNoFunction});
}

bool BranchPlan::watch(const FlowInstruction& jump, std::uint8_t wanted, Image& image) const {
  const ControlFlow::Block& block = subject_.flow.blocks()[subject_.flow.block_at(jump.address)];
  const auto code = subject_.code.from(jump.address);
  const auto bytes = code.first(std::min<std::size_t>(code.size(), jump.length));
  if (block.doubtful || !is_conditional_jump(bytes) || has_probe(image, jump.address) || subject_.own.at(jump.address))
    return false;
  image.watches.push_back(
      {{ImageAddress{jump.address}, watch_for(wanted)}, std::vector<std::uint8_t>(bytes.begin(), bytes.end())});
  return true;
}

void BranchPlan::fill(const std::vector<PlannedLine>& plan, Image& image) const {
  for (const WayTo& to : ways_) image.ways.push_back(to.way);
  for (const PlannedLine& planned : plan) {
    if (!is_way(planned)) continue;
    const std::uint32_t way = planned.row.line;
    image.ways[way].told = ImageWay::Told::by_probes;
    image.witnesses.push_back(
        {probe_at(image, planned.probe), way, ImageAddress{planned.row.address}, probe_at(image, planned.first)});
  }
  for (const Jump& jump : jumps_) {
    std::uint8_t wanted = 0;
    for (std::size_t k = jump.first_way; k < jump.first_way + 2; ++k)
      if (!ways_[k].is_alone) wanted = static_cast<std::uint8_t>(wanted | bits_of(ways_[k].way.way));
    if (wanted == 0 || !watch(jump.at, wanted, image)) continue;
    for (std::size_t k = jump.first_way; k < jump.first_way + 2; ++k)
      if (!ways_[k].is_alone) image.ways[k].told = ImageWay::Told::by_watch;
  }
  std::sort(image.watches.begin(), image.watches.end(),
            [](const ImageWatch& a, const ImageWatch& b) { return a.watch.address < b.watch.address; });
}

}  // namespace recount
