#include "replay/last_lines.hpp"

namespace recount {

void LastLines::row(const TraceEvent& event, const std::vector<Fact>& facts) {
  history_.row(event, facts);
  if (event.kind() == EventKind::lift && event.error == 0) reached(event);
  for (const Fact& fact : facts) {
    if (fact.kind == FactKind::execed) lines_.erase(raw(fact.utid));
    if (fact.kind != FactKind::process_ended) continue;
    const ProcessRecord* const process = history_.process(fact.upid);
    if (process && process->ended_well()) forget(*process);
  }
}

void LastLines::reached(const TraceEvent& event) {
  const auto lines = sources_.lines_of(ProbeId{static_cast<std::uint32_t>(event.action.value)});
  if (lines.empty()) return;
  auto& last = lines_[raw(event.utid)];
  const ProbeLine& line = lines.front();
  if (!last.empty() && last.back().line == line.line) return;
  if (last.size() == kLines) last.pop_front();
  last.push_back({event.seq, event.time_ns, line.line, line.function});
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
