#include "replay/recount/last_lines.hpp"

#include <algorithm>

namespace recount {

void LastLines::row(const TraceEvent& event, const std::vector<Fact>& facts) {
  history_.row(event, facts);
  if (event.kind() == EventKind::lift && event.error == 0) hit(event);
  if (!event.observation.reached.empty()) stopped(event);
  for (const Fact& fact : facts) {
    if (fact.kind == FactKind::execed) lines_.erase(raw(fact.utid));
    if (fact.kind != FactKind::process_ended) continue;
    const ProcessRecord* const process = history_.process(fact.upid);
    if (process && process->ended_well()) forget(*process);
  }
}

// A probe tells of what ran straight to it, in the order of the addresses.
void LastLines::hit(const TraceEvent& event) {
  const auto told = sources_.lines_of(ProbeId{static_cast<std::uint32_t>(event.action.value)});
  std::vector<const ProbeLine*> lines;
  for (const ProbeLine& line : told) lines.push_back(&line);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const ProbeLine* a, const ProbeLine* b) { return a->address < b->address; });
  for (const ProbeLine* const line : lines) add(event, *line);
}

void LastLines::stopped(const TraceEvent& event) {
  for (const Reached& place : event.observation.reached)
    for (const ProbeLine& line : sources_.lines_of(place.probe))
      if (line.address == raw(place.address)) add(event, line);
}

// Several probes may tell of one place, which was reached for the first time once.
void LastLines::add(const TraceEvent& event, const ProbeLine& line) {
  auto& last = lines_[raw(event.utid)];
  const auto same = [&line](const ReachedLine& known) { return known.site == line.site; };
  if (!last.empty() && last.back().line == line.line) return;
  if (std::any_of(last.begin(), last.end(), same)) return;
  if (last.size() == kLines) last.pop_front();
  last.push_back({event.seq, event.time_ns, line.line, line.function, line.site});
}

void LastLines::forget(const ProcessRecord& process) {
  for (const std::size_t thread : process.threads) lines_.erase(raw(history_.threads()[thread].utid));
}

const std::deque<ReachedLine>& LastLines::of(const ThreadRecord& thread) const {
  static const std::deque<ReachedLine> kNone;
  const auto found = lines_.find(raw(thread.utid));
  return found == lines_.end() ? kNone : found->second;
}

}  // namespace recount
