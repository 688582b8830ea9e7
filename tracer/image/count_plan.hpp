// Which places are counted, and how often a line was executed by what they count.
//
// A line was executed as often as control came to its code, or went around a loop to it. Where it leaves the line in the middle of a
// statement and comes back to the rest (what runs only behind another block of the line), that is the same execution. It is what gcov means to
// count, and mostly does: of statements of several lines it counts some lines twice.
//
//   for (i = 0; i < n; ++i)    three blocks: the start, the step, the test. Control comes to the start, and goes around to the
//     body();                  test: that is as often as the test is run, n + 1 times, and nothing else is counted
//
// How often a way from block to block was taken follows from blocks and from what comes in and goes out (Kirchhoff's first law, as
// Knuth has it for programs). A line for which it does not follow is said to be uncounted. So is one in doubtful code.
//
// Likewise blocks follow from others (counter_tree.hpp), and have no counter then: first those in which no instruction can be done for
// the task (displaced_instruction.hpp), or in which there is no room for a jump, then those of loops. What does not follow so is
// counted, or its line is not. Who calls may not come back, so nothing follows across a call, nor, for a jump less, across what may
// fault. A task that ends in the middle of a function by a signal from outside, by a fault beside a place without room, or by the exit of
// another thread, or that a handler leads out of it, may be counted once more or less there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tracer/code/control_flow.hpp"
#include "tracer/code/counter_tree.hpp"
#include "tracer/code/own_bytes.hpp"
#include "tracer/image/code_spans.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/probe_plan.hpp"

namespace recount {

class CountPlan {
 public:
  struct Subject {
    const ControlFlow* flow;  // null: nothing is known of it, no line is counted
    const CodeBytes& code;
    const OwnBytes& own;
    // The other probes: what a jump between them counts costs no stop (flag_plan.hpp), so other places are the second choice. Null:
    // nothing is counted by jumps. Asked while this is made.
    const std::set<std::uint64_t>* probes;
    bool each_row = false;  // executions of each row are wanted in order, beside what numbers need
  };
  // `rows`: of the lines that are to be counted.
  CountPlan(Subject subject, const std::vector<CodeSpan>& spans, const std::vector<CodeRow>& rows);

  // Addresses at which a probe has to stand.
  const std::set<std::uint64_t>& counters() const noexcept { return counters_; }
  // The probes of the image are there.
  void fill(Image& image) const;

 private:
  using Line = std::pair<std::uint32_t, std::uint32_t>;  // file, line
  using Sum = std::map<std::uint32_t, std::int32_t>;     // of how often blocks are run: by block, the factor
  struct Edge {
    std::uint32_t from, to;
  };
  struct Term {
    Line line;
    std::optional<std::uint64_t> counter;  // none: uncounted
    std::int32_t factor = 0;
  };
  struct Place {
    std::optional<std::uint64_t> counter;              // none: no instruction can be done
    enum { stop, short_jump, jump } counts_by = stop;  // a short jump may find no room for its long one
  };
  using Blocks = std::vector<std::uint32_t>;        // ascending, each once
  using Sums = std::map<Line, std::optional<Sum>>;  // none: uncounted
  enum class Cost { stop, jump };

  void link();
  std::map<Line, Blocks> blocks_of(const std::vector<CodeSpan>& spans, const std::vector<CodeRow>& rows) const;
  void find_dominators();
  bool is_idle(std::uint64_t start, std::uint64_t end) const;
  std::optional<Sum> executions(const Blocks& blocks);
  bool add_entries(std::uint32_t block, const Blocks& blocks, Sum& sum);
  std::optional<Sum> taken(std::uint32_t edge, int depth);
  std::optional<Sum> rest(std::uint32_t block, const std::vector<std::uint32_t>& edges, std::uint32_t edge, int depth);
  bool may_fault(std::uint32_t block) const;
  void find_loops();
  std::uint32_t worth(std::uint32_t block, Cost of, bool is_wanted);
  void spare(Cost of, Sums& sums);
  static void put_others(Sums& sums, const CounterTree& tree);
  void add(Line line, const std::optional<Sum>& sum);
  void count_rows(const std::vector<CodeRow>& rows);
  const Place& place_in(std::uint32_t block);
  std::optional<std::uint64_t> find_counter(const ControlFlow::Block& block) const;
  bool may_count_at(std::uint64_t address, std::uint64_t end) const;
  std::vector<std::uint8_t> instruction_at(std::uint64_t address, std::uint64_t end) const;

  Subject subject_;
  std::vector<Edge> edges_;
  std::vector<std::vector<std::uint32_t>> in_, out_;  // edges, by block
  DominatorTree tree_;
  std::vector<std::uint32_t> loop_depths_;  // by block
  int questions_left_ = 0;
  std::set<std::uint32_t> asked_;            // edges whose answer is being looked for
  std::map<std::uint32_t, Place> place_in_;  // by block
  std::set<std::uint64_t> counters_;
  std::vector<Term> terms_;
};

}  // namespace recount
