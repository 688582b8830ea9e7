// The conditional jumps of lines of ours, and the jumps of their switches: which ways each has, and what tells that a way was taken.
//
//   BranchPlan branches({flow, code, own}, spans, rows);
//   branches.add_rows(rows);              // they are planned with the lines
//   ... image.probes is made of the plan ...
//   branches.fill(plan, image);
//
// A way is told of
//   - by probes, if it has a block to itself: nothing else leads there. That its block begins is planned like a line;
//   - else by a watch of the jump itself, which sees where it leads, until it has seen what it stands there for. Such a
//     way is a critical edge: a place that is come to on several ways tells of none;
//   - by nothing, if a probe stands at the jump, or where the flow is doubtful.
// A switch by a table has a way to each of its places, told of by probes if only that switch leads there, else by nothing: not
// where one case falls into the next. The default is a way of the comparison in front.
// The ways of a line are numbered in each function, in the order of addresses: first the way on, then the way of the jump; of a
// switch in the order of its table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "tracer/code/control_flow.hpp"
#include "tracer/code/own_bytes.hpp"
#include "tracer/image/code_spans.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/probe_plan.hpp"

namespace recount {

class BranchPlan {
 public:
  struct Subject {
    const ControlFlow& flow;
    const CodeBytes& code;
    const OwnBytes& own;
  };
  // `rows`: of lines that count, as `spans` have them.
  BranchPlan(Subject subject, std::vector<CodeSpan> spans, const std::vector<CodeRow>& rows);

  void add_rows(std::vector<CodeRow>& rows) const;
  static bool is_way(const PlannedLine& planned) noexcept { return planned.row.file == kWayFile; }
  // `plan`: what there is for the rows that were added. The probes of the image are there, its watches are added.
  void fill(const std::vector<PlannedLine>& plan, Image& image) const;

 private:
  static constexpr std::uint32_t kWayFile = 0xfffffffe;  // of a row that is a way: its line is the way's index
  struct WayTo {
    ImageWay way;
    std::uint64_t target = 0;
    bool is_alone = false;
  };
  const CodeSpan* span_of(const FlowInstruction& jump) const;
  bool leads_alone(std::uint64_t target) const;
  bool is_case_alone(std::uint64_t target) const;
  // Of a line in a function: how many ways and jumps it has so far.
  struct Numbers {
    std::uint32_t ways = 0, conditions = 0;
  };
  Numbers* numbers_of(const FlowInstruction& jump, const CodeSpan* span);
  void add_jump(const FlowInstruction& jump);
  void add_switch(const FlowInstruction& jump);
  WayTo& add_way(const FlowInstruction& jump, Way way, std::uint64_t target, const CodeSpan& span, Numbers& numbers);
  bool watch(const FlowInstruction& jump, std::uint8_t wanted, Image& image) const;

  Subject subject_;
  std::vector<CodeSpan> spans_;  // ascending and apart
  std::vector<std::uint32_t> ways_into_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> lines_;  // that count: a file, a line
  std::vector<std::uint32_t> heads_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Numbers> numbers_;  // by head, file, line
  struct Jump {
    FlowInstruction at;
    std::size_t first_way;  // of two
  };
  std::vector<Jump> jumps_;
  std::vector<WayTo> ways_;
};

}  // namespace recount
