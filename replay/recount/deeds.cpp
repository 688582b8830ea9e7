#include "replay/recount/deeds.hpp"

#include <algorithm>
#include <limits>

namespace recount {
namespace {

bool hangs_on_time(int signal) {
  // SIGALRM, SIGCHLD, SIGCONT, SIGURG, SIGVTALRM, SIGPROF, SIGWINCH, as x86-64 numbers them
  constexpr int kSignals[] = {14, 17, 18, 23, 26, 27, 28};
  return std::find(std::begin(kSignals), std::end(kSignals), signal) != std::end(kSignals);
}

std::optional<Deed::Kind> birth_of(EventKind kind) {
  if (kind == EventKind::event_fork) return Deed::Kind::forked;
  if (kind == EventKind::event_vfork) return Deed::Kind::vforked;
  if (kind == EventKind::event_clone) return Deed::Kind::cloned;
  return std::nullopt;
}

// Where two threads part; nothing if they do not.
std::optional<WayDiff> part(const WaySide& a, const ThreadRecord& in_a, const WaySide& b, const ThreadRecord& in_b) {
  const std::vector<Deed>& of_a = a.deeds.of(in_a.utid);
  const std::vector<Deed>& of_b = b.deeds.of(in_b.utid);
  const auto [left, right] = std::mismatch(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                                           [](const Deed& x, const Deed& y) { return x.is_same_as(y); });
  const bool a_is_over = left == of_a.end(), b_is_over = right == of_b.end();
  if (a_is_over && (b_is_over || !a.process.end_ns)) return std::nullopt;
  if (b_is_over && !b.process.end_ns) return std::nullopt;
  WayDiff way{{&a.process, &b.process}, {in_a.tid, in_b.tid}, {}};
  if (!a_is_over) way.deed[0] = *left;
  if (!b_is_over) way.deed[1] = *right;
  return way;
}

}  // namespace

void Deeds::add(Utid thread, Seq seq, Deed::Kind kind, std::int32_t number) {
  by_thread_[raw(thread)].push_back({seq, kind, number});
}

void Deeds::row(const TraceEvent& event, const std::vector<Fact>& facts) {
  if (const auto birth = birth_of(event.kind())) add(event.utid, event.seq, *birth, 0);
  for (const Fact& fact : facts) {
    if (fact.kind == FactKind::execed) add(event.utid, event.seq, Deed::Kind::execed, 0);
    if (fact.kind == FactKind::process_ended) end_seq_[raw(fact.upid)] = event.seq;
    if (fact.kind == FactKind::signal && !hangs_on_time(fact.signal))
      add(fact.utid, event.seq, Deed::Kind::signalled, fact.signal);
  }
}

void Deeds::close(const History& history) {
  for (const auto& [upid, seq] : end_seq_) {
    const ProcessRecord* const process = history.process(Upid{upid});
    if (process && process->end_ns && !process->threads.empty())
      add(history.threads()[process->threads.front()].utid, seq, Deed::Kind::ended, process->status.raw());
  }
}

const std::vector<Deed>& Deeds::of(Utid thread) const {
  static const std::vector<Deed> kNone;
  const auto found = by_thread_.find(raw(thread));
  return found == by_thread_.end() ? kNone : found->second;
}

Seq WayDiff::first_seq() const {
  const auto seq = [](const std::optional<Deed>& one) { return one ? one->seq : std::numeric_limits<Seq>::max(); };
  return std::min(seq(deed[0]), seq(deed[1]));
}

std::optional<WayDiff> first_difference(const WaySide& a, const WaySide& b) {
  std::optional<WayDiff> first;
  const std::size_t both = std::min(a.process.threads.size(), b.process.threads.size());
  for (std::size_t i = 0; i < both; ++i) {
    const auto way = part(a, a.history.threads()[a.process.threads[i]], b, b.history.threads()[b.process.threads[i]]);
    if (way && (!first || way->first_seq() < first->first_seq())) first = way;
  }
  return first;
}

}  // namespace recount
