#include "tracer/image/count_plan.hpp"

#include <algorithm>

#include "tracer/code/displaced_instruction.hpp"
#include "tracer/image/flag_plan.hpp"

namespace recount {
namespace {

constexpr int kDepthMax = 12;  // of equations that are put into each other
constexpr std::size_t kTermsMax = 32;
constexpr std::size_t kSparedTermsMax = 16;
constexpr int kQuestionsMax = 1000;  // for each line

}  // namespace

CountPlan::CountPlan(Subject subject, const std::vector<CodeSpan>& spans, const std::vector<CodeRow>& rows)
    : subject_(subject) {
  std::set<Line> uncounted;
  for (const CodeRow& row : rows) uncounted.emplace(row.file, row.line);
  if (subject_.flow != nullptr) {
    link();
    Sums sums;
    for (const auto& [line, blocks] : blocks_of(apart(spans), rows)) {
      uncounted.erase(line);
      sums.emplace(line, executions(blocks));
    }
    spare(Cost::stop, sums);
    spare(Cost::jump, sums);
    for (const auto& [line, sum] : sums) add(line, sum);
    if (subject_.each_row) count_rows(rows);
  }
  for (const Line& line : uncounted) add(line, std::nullopt);
}

void CountPlan::link() {
  const auto& blocks = subject_.flow->blocks();
  in_.resize(blocks.size());
  out_.resize(blocks.size());
  const auto add_edge = [this](std::uint32_t from, std::uint32_t to) {
    const auto edge = static_cast<std::uint32_t>(edges_.size());
    edges_.push_back({from, to});
    out_[from].push_back(edge);
    in_[to].push_back(edge);
  };
  for (std::uint32_t block = 0; block < blocks.size(); ++block) {
    for (const std::uint32_t next : blocks[block].next)
      if (next != ControlFlow::kNone) add_edge(block, next);
    if (blocks[block].calls) add_edge(block, block + 1);
  }
  find_dominators();
  find_loops();
}

// Unlike those of the flow, through calls: whatever returns has been called.
void CountPlan::find_dominators() {
  std::vector<DominatorTree::Node> nodes;
  for (std::uint32_t block = 0; block < in_.size(); ++block) {
    DominatorTree::Node node{{ControlFlow::kNone, ControlFlow::kNone},
                             subject_.flow->blocks()[block].is_named || in_[block].empty()};
    for (std::size_t i = 0; i < out_[block].size(); ++i) node.next[i] = edges_[out_[block][i]].to;
    nodes.push_back(node);
  }
  tree_ = DominatorTree(nodes);
}

std::map<CountPlan::Line, CountPlan::Blocks> CountPlan::blocks_of(const std::vector<CodeSpan>& spans,
                                                                  const std::vector<CodeRow>& rows) const {
  std::set<Line> wanted;
  for (const CodeRow& row : rows) wanted.emplace(row.file, row.line);
  std::map<Line, Blocks> blocks_of, unspanned, idle;
  for (const CodeSpan& span : spans) {
    const Line line{span.file, span.line};
    if (!wanted.contains(line)) continue;
    for (std::uint64_t at = span.start; at < span.end;) {
      const std::uint32_t block = subject_.flow->block_at(at);
      if (block == ControlFlow::kNone) break;
      const std::uint64_t end = std::min(span.end, subject_.flow->blocks()[block].end);
      (is_idle(at, end) ? idle : blocks_of)[line].push_back(block);
      at = end;
    }
  }
  for (const CodeRow& row : rows) {  // of a label, which no row of the table may name
    const std::uint32_t block = subject_.flow->block_at(row.address);
    if (block != ControlFlow::kNone && !blocks_of.contains({row.file, row.line}))
      unspanned[{row.file, row.line}].push_back(block);
  }
  blocks_of.merge(idle);  // of lines that have nothing else
  blocks_of.merge(unspanned);
  std::erase_if(blocks_of, [](const auto& entry) { return entry.second.empty(); });
  for (auto& [line, blocks] : blocks_of) {
    std::sort(blocks.begin(), blocks.end());
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  }
  return blocks_of;
}

// The nop behind a switch, where all its ways come together, has the line of the last of its breaks.
bool CountPlan::is_idle(std::uint64_t start, std::uint64_t end) const {
  constexpr std::uint8_t kNop = 0x90;
  const auto code = subject_.code.from(start);
  const auto piece = code.first(std::min<std::uint64_t>(code.size(), end - start));
  return std::all_of(piece.begin(), piece.end(), [](std::uint8_t byte) { return byte == kNop; });
}

std::optional<CountPlan::Sum> CountPlan::executions(const Blocks& blocks) {
  const auto is_doubtful = [this](std::uint32_t block) { return subject_.flow->blocks()[block].doubtful; };
  if (std::any_of(blocks.begin(), blocks.end(), is_doubtful)) return std::nullopt;
  questions_left_ = kQuestionsMax;
  Sum sum;
  for (const std::uint32_t block : blocks)
    if (!add_entries(block, blocks, sum)) return std::nullopt;
  std::erase_if(sum, [](const auto& term) { return term.second == 0; });
  return sum;
}

// A block that runs only behind another of the line goes on with it, unless it is gone around to. False: nobody knows.
bool CountPlan::add_entries(std::uint32_t block, const Blocks& blocks, Sum& sum) {
  const bool goes_on = std::any_of(blocks.begin(), blocks.end(), [&](std::uint32_t other) {
    return other != block && tree_.dominates(other, block);
  });
  if (!goes_on) sum[block] += 1;
  for (const std::uint32_t edge : in_[block]) {
    const std::uint32_t from = edges_[edge].from;
    const bool goes_around = tree_.dominates(block, from);
    const bool is_inside = std::binary_search(blocks.begin(), blocks.end(), from);
    const int factor = goes_on ? (goes_around ? 1 : 0) : is_inside && !goes_around ? -1 : 0;
    if (factor == 0) continue;
    const auto times = taken(edge, 0);
    if (!times) return false;
    for (const auto& [at, of_it] : *times) sum[at] += factor * of_it;
  }
  return true;
}

// How often the way was taken, by what is run at its ends.
std::optional<CountPlan::Sum> CountPlan::taken(std::uint32_t edge, int depth) {
  if (depth > kDepthMax || --questions_left_ < 0 || !asked_.insert(edge).second) return std::nullopt;
  const auto [from, to] = edges_[edge];
  const auto& blocks = subject_.flow->blocks();
  std::optional<Sum> times;
  if (!blocks[to].is_named && !blocks[to].doubtful) times = rest(to, in_[to], edge, depth);
  if (!times && !blocks[from].leaves && !blocks[from].doubtful) times = rest(from, out_[from], edge, depth);
  asked_.erase(edge);
  return times;
}

std::optional<CountPlan::Sum> CountPlan::rest(std::uint32_t block, const std::vector<std::uint32_t>& edges,
                                              std::uint32_t edge, int depth) {
  Sum sum{{block, 1}};
  for (const std::uint32_t other : edges) {
    if (other == edge) continue;
    const auto times = taken(other, depth + 1);
    if (!times) return std::nullopt;
    for (const auto& [at, factor] : *times) sum[at] -= factor;
    if (sum.size() > kTermsMax) return std::nullopt;
  }
  return sum;
}

// By how many loops it is in, each of them entered at one block.
void CountPlan::find_loops() {
  std::map<std::uint32_t, Blocks> ends_of;  // by the first block of the loop
  for (const auto& [from, to] : edges_)
    if (tree_.dominates(to, from)) ends_of[to].push_back(from);
  loop_depths_.resize(in_.size());
  std::vector<std::uint32_t> last_seen(in_.size(), ControlFlow::kNone);
  for (const auto& [first, ends] : ends_of) {
    Blocks next = ends;
    while (!next.empty()) {
      const std::uint32_t block = next.back();
      next.pop_back();
      if (last_seen[block] == first || !tree_.dominates(first, block)) continue;
      last_seen[block] = first;
      ++loop_depths_[block];
      if (block == first) continue;
      for (const std::uint32_t edge : in_[block]) next.push_back(edges_[edge].from);
    }
  }
}

// Then control leaves it in the middle, and what stands behind is not come to.
bool CountPlan::may_fault(std::uint32_t block) const {
  const ControlFlow::Block& of = subject_.flow->blocks()[block];
  for (std::uint64_t at = of.start; at < of.end;) {
    const auto instruction = instruction_at(at, of.end);
    if (instruction.empty() || !stays_on_stack(instruction, subject_.code.mode())) return true;
    at += instruction.size();
  }
  return false;
}

// First what can have no counter, or would cost a stop each time, those first that no line asks for; then what costs a jump. There a
// probe that gets no counter costs a stop, and a stop costs thousands of jumps: it pays in loops. 0: it is counted.
std::uint32_t CountPlan::worth(std::uint32_t block, Cost of, bool is_wanted) {
  const Place& place = place_in(block);
  const bool jumps = subject_.probes != nullptr && place.counts_by == Place::jump;
  if (of == Cost::jump) {
    const std::uint32_t is_extra = jumps && !subject_.probes->contains(*place.counter) ? 1 : 0;
    return jumps && is_wanted ? 2 * loop_depths_[block] + is_extra : 0;
  }
  if (!place.counter) return is_wanted ? 6 : 5;
  if (jumps || !subject_.probes)
    return is_wanted ? 0 : 1;  // without jumps each execution is wanted, and not its number alone
  if (place.counts_by == Place::stop) return is_wanted ? 4 : 5;
  return is_wanted ? 2 : 3;
}

// The places are where control comes to a block, and where it goes from there. Stops are spared by whatever a function has, jumps by
// what holds in a crash as well.
void CountPlan::spare(Cost of, Sums& sums) {
  const auto& blocks = subject_.flow->blocks();
  const auto outside = static_cast<std::uint32_t>(2 * blocks.size());
  const auto in = [](std::uint32_t block) { return 2 * block; };
  const auto out = [](std::uint32_t block) { return 2 * block + 1; };
  const auto function_of = [&](std::uint32_t block) { return subject_.flow->function_of(blocks[block].start); };
  std::set<std::uint32_t> wanted, functions;  // those that have something to spare
  for (const auto& [line, sum] : sums)
    for (const auto& [block, factor] : sum.value_or(Sum()))
      if (wanted.insert(block).second && worth(block, of, true) != 0) functions.insert(function_of(block));
  CounterTree tree(outside + 1);
  for (const auto& [from, to] : edges_) tree.join(out(from), in(to));
  for (std::uint32_t block = 0; block < blocks.size(); ++block) {
    const ControlFlow::Block& at = blocks[block];
    const bool is_wanted = wanted.contains(block), is_asked = functions.contains(function_of(block));
    if (at.is_named || at.doubtful || in_[block].empty()) tree.join(in(block), outside);
    const bool leaves = at.leaves || at.doubtful || at.calls || out_[block].empty();
    if (leaves || (of == Cost::jump && is_asked && may_fault(block))) tree.join(out(block), outside);
    if (!is_asked || (of == Cost::jump && !is_wanted)) tree.join(in(block), out(block));
    tree.add(in(block), out(block), is_asked ? worth(block, of, is_wanted) : 0);
  }
  tree.build(kSparedTermsMax);
  put_others(sums, tree);
}

void CountPlan::put_others(Sums& sums, const CounterTree& tree) {
  for (auto& [line, sum] : sums) {
    if (!sum) continue;
    Sum by_counters;
    for (const auto& [block, factor] : *sum) {
      if (tree.counted(block))
        by_counters[block] += factor;
      else
        for (const auto& [other, of_it] : tree.by_others(block)) by_counters[other] += factor * of_it;
    }
    std::erase_if(by_counters, [](const auto& term) { return term.second == 0; });
    sum = by_counters;
  }
}

void CountPlan::add(Line line, const std::optional<Sum>& sum) {
  std::vector<Term> terms;
  for (const auto& [block, factor] : sum.value_or(Sum())) {
    const auto counter = place_in(block).counter;
    if (!counter) return terms_.push_back({line, std::nullopt, 0});
    terms.push_back({line, counter, factor});
  }
  if (terms.empty()) return terms_.push_back({line, std::nullopt, 0});
  for (const Term& term : terms) counters_.insert(*term.counter);
  terms_.insert(terms_.end(), terms.begin(), terms.end());
}

// Of no weight for the number of its line.
void CountPlan::count_rows(const std::vector<CodeRow>& rows) {
  for (const CodeRow& row : rows) {
    const std::uint32_t block = subject_.flow->block_at(row.address);
    const bool is_known = block != ControlFlow::kNone && !subject_.flow->blocks()[block].doubtful;
    if (!is_known || !may_count_at(row.address, subject_.flow->blocks()[block].end)) continue;
    if (counters_.insert(row.address).second) terms_.push_back({{row.file, row.line}, row.address, 0});
  }
}

const CountPlan::Place& CountPlan::place_in(std::uint32_t block) {
  const auto [known, is_new] = place_in_.try_emplace(block);
  if (!is_new) return known->second;
  const ControlFlow::Block& at = subject_.flow->blocks()[block];
  const FlagSubject flags{*subject_.flow, subject_.code, subject_.own};
  const auto place = subject_.probes ? place_of_counter(flags, at, *subject_.probes) : std::nullopt;
  known->second = place ? Place{place->address, place->has_room ? Place::jump : Place::short_jump}
                        : Place{find_counter(at), Place::stop};
  return known->second;
}

// The first instruction that can be done and can hardly fault, else one that may: then the task does it itself, and from there on
// nothing is counted.
std::optional<std::uint64_t> CountPlan::find_counter(const ControlFlow::Block& block) const {
  std::optional<std::uint64_t> found;
  for (std::uint64_t at = block.start; at < block.end; ++at) {
    if (!may_count_at(at, block.end)) continue;
    if (stays_on_stack(instruction_at(at, block.end), subject_.code.mode())) return at;
    if (!found) found = at;
  }
  return found;
}

bool CountPlan::may_count_at(std::uint64_t address, std::uint64_t end) const {
  return subject_.flow->starts_at(address) && !subject_.own.at(address) &&
         can_be_done(instruction_at(address, end), subject_.code.mode());
}

std::vector<std::uint8_t> CountPlan::instruction_at(std::uint64_t address, std::uint64_t end) const {
  constexpr std::size_t kLengthMax = 15;
  const auto code = subject_.code.from(address);
  const auto room = std::min<std::uint64_t>({code.size(), end - address, kLengthMax});
  const auto length = length_of(code.first(static_cast<std::size_t>(room)), subject_.code.mode());
  return {code.begin(), code.begin() + static_cast<std::ptrdiff_t>(length)};
}

void CountPlan::fill(Image& image) const {
  for (const std::uint64_t address : counters_)
    image.counters.push_back({probe_at(image, address), instruction_at(address, ~std::uint64_t{0})});
  for (const Term& term : terms_)
    image.terms.push_back({term.line.first, term.line.second,
                           term.counter ? probe_at(image, *term.counter) : ImageTerm::kNone, term.factor});
}

}  // namespace recount
