// The conditional jumps of lines of ours: which ways each has, and what tells that a way was taken.
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
// The ways of a line are numbered in each function, in the order of addresses: first the way on, then the way of the jump.
#pragma once

#include <cstdint>
#include <optional>
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
  const CodeSpan* span_at(std::uint64_t address) const;
  const CodeSpan* span_of(const FlowInstruction& jump) const;
  bool leads_alone(std::uint64_t target) const;
  void add_way(const FlowInstruction& jump, Way way, std::uint64_t target, const CodeSpan& span, std::uint32_t number);
  bool watch(const FlowInstruction& jump, std::uint8_t wanted, Image& image) const;

  Subject subject_;
  std::vector<CodeSpan> spans_;  // ascending and apart
  std::vector<std::uint32_t> ways_into_;
  std::vector<FlowInstruction> jumps_;
  std::vector<WayTo> ways_;  // two for each of the jumps
};

}  // namespace recount
