#include "replay/recount/last_lines.hpp"

#include <algorithm>

namespace recount {

void LastLines::row(const TraceEvent& event, const std::vector<Fact>& facts) {
  history_.row(event, facts);
  for (const Hit& hit : history_.hits_of_row())
    if (!hit.is_late)  // nobody knows in which order they were hit
      for (const ProbeLine* const line : lines_of(sources_, hit)) add(hit, *line);
  for (const Fact& fact : facts) {
    if (fact.kind == FactKind::execed) lines_.erase(raw(fact.utid));
    if (fact.kind != FactKind::process_ended) continue;
    const ProcessRecord* const process = history_.process(fact.upid);
    if (process && process->ended_well()) forget(*process);
  }
}

// Several probes may tell of one place, which was reached for the first time once.
void LastLines::add(const Hit& hit, const ProbeLine& line) {
  auto& last = lines_[raw(hit.utid)];
  const auto same = [&line](const ReachedLine& known) { return known.site == line.site; };
  if (!last.empty() && last.back().line == line.line) return;
  if (std::any_of(last.begin(), last.end(), same)) return;
  if (last.size() == kLines) last.pop_front();
  last.push_back({hit.seq, hit.time_ns, line.line, line.function, line.site});
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
