#include "replay/recount/compaction.hpp"

#include <algorithm>
#include <tuple>

namespace recount {
namespace {

// An int3 that was executed, and nothing that was told beside it but what a sum can have.
const observed::SignalDeliveryStop* plain_int3(const TraceEvent& event, const Architecture& arch) {
  const auto* const stop = event.as<observed::SignalDeliveryStop>();
  if (!stop || event.observation()->status.stop_signal() != signals::kTrap) return nullptr;
  const bool tells_more = stop->output.fd != 0 || stop->copied != ProbeId{} || stop->fatal || stop->ends_init ||
                          !stop->reached.empty() || !stop->placed.empty() || !event.observation()->counted.empty() ||
                          !event.observation()->flagged.empty();
  return tells_more || stop->siginfo.code != arch.trap_code ? nullptr : stop;
}

bool is_same(const Thread& a, const Thread& b) {
  const auto all = [](const Thread& t) {
    return std::tie(t.utid, t.process, t.state, t.vfork_parent, t.interrupted, t.trap_blocked, t.signal, t.errand);
  };
  return all(a) == all(b);
}

bool is_same(const TrapSetting& a, const TrapSetting& b) {
  const auto all = [](const TrapSetting& t) { return std::tie(t.handler, t.once, t.blocking, t.unwatched, t.lost); };
  return all(a) == all(b);
}

}  // namespace

void Compaction::before(const TraceEvent& event) {
  if (is_action(event.kind())) return;
  complete(false);
  begin(event);
}

void Compaction::begin(const TraceEvent& event) {
  step_ = StepRows{.rows = {event.seq, event.seq}, .utid = event.utid};
  has_step_ = true;
  resumed_ = false;
  const Machine& machine = recount_->machine();
  const auto* const stop = plain_int3(event, *log_.run_at(event.seq).rules.arch);
  const auto thread = machine.threads().find(event.tid());
  may_drop_ = stop && thread != machine.threads().end() && thread->second.process;
  if (!may_drop_) return;
  thread_ = thread->second;
  trap_ = thread_.process->trap;
  step_.exec = thread_.process->exec;
  step_.watch = stop->taken.watch;
  step_.is_call = stop->call != CallDetail{};
}

void Compaction::row(const TraceEvent& event, const std::vector<Fact>& facts) {
  last_.row(event, facts);
  step_.rows.last = event.seq;
  for (const Fact& fact : facts) note(fact);
  if (const Action* const action = event.action()) note(event, *action);
}

void Compaction::note(const Fact& fact) {
  if (fact.kind == FactKind::hit && fact.is_late) kept_probes_.insert(raw(fact.probe));
  if (fact.kind == FactKind::hit && !fact.line_at && !fact.is_late)
    step_.probe = fact.probe, step_.exec = fact.exec;
  else if (fact.kind == FactKind::way_taken)
    step_.way = fact.way, step_.exec = fact.exec;
  else
    may_drop_ = false;
}

void Compaction::note(const TraceEvent& event, const Action& action) {
  if (action.as<act::Lift>()) step_.lift = event.seq;
  if (const auto* const mend = action.as<act::Mend>()) step_.probe = mend->probe;
  if (const auto* const retire = action.as<act::Retire>()) {
    step_.retires = true;
    if (step_.is_call) step_.call_watch = retire->watch;
  }
  if (const auto* const arm = action.as<act::Arm>()) kept_watches_.insert(raw(arm->watch));
  const auto* const resumes = action.as<act::Cont>();
  const bool is_ours = action.as<act::Lift>() || action.as<act::Mend>() || action.as<act::SetPc>() ||
                       action.as<act::Pass>() || action.as<act::Retire>() || (resumes && resumes->signal == 0);
  may_drop_ = may_drop_ && is_ours && event.error == 0;
  resumed_ = resumed_ || resumes;
}

bool Compaction::changed_nothing() const {
  const auto& threads = recount_->machine().threads();
  const auto now = threads.find(thread_.tid);
  return now != threads.end() && is_same(now->second, thread_) && is_same(now->second.process->trap, trap_);
}

// Asked once for each hit.
bool Compaction::is_kept_hit() {
  if (step_.lift == 0) return false;
  const bool is_first = seen_probes_.insert(raw(step_.probe)).second;
  return is_first || !hit_once_.emplace(raw(step_.utid), raw(step_.exec), raw(step_.probe)).second;
}

void Compaction::complete(bool is_last) {
  if (!std::exchange(has_step_, false)) return;
  if (may_drop_ && resumed_ && changed_nothing()) {
    if (!is_kept_hit() && !is_last) candidates_.push_back(step_);
    return;
  }
  if (step_.probe != ProbeId{}) kept_probes_.insert(raw(step_.probe));
  if (step_.watch != WatchId{}) kept_watches_.insert(raw(step_.watch));
  keeps_calls_ = keeps_calls_ || (step_.is_call && step_.retires);
}

void Compaction::run_ended() {
  complete(true);
  last_.run_ended();
  seen_probes_.clear();
}

// Only of those that did not end well there are any.
void Compaction::keep_last_lines() {
  for (const ThreadRecord& thread : last_.history().threads())
    for (const ReachedLine& line : last_.of(thread)) kept_lifts_.insert(line.seq);
}

bool Compaction::stays(const StepRows& step) const {
  return (step.lift != 0 && kept_lifts_.contains(step.lift)) || (step.is_call && keeps_calls_) ||
         (step.probe != ProbeId{} && kept_probes_.contains(raw(step.probe))) ||
         (step.watch != WatchId{} && kept_watches_.contains(raw(step.watch))) ||
         (step.call_watch != WatchId{} && kept_watches_.contains(raw(step.call_watch)));
}

void Compaction::sum(const StepRows& step) {
  if (dropped_.empty() || dropped_.back().last + 1 != step.rows.first)
    dropped_.push_back(step.rows);
  else
    dropped_.back().last = step.rows.last;
  const auto add = [&](SumKind kind, std::uint32_t id) {
    sums_.add(step.utid, step.exec, step.rows.first, step.lift, {kind, id});
  };
  hits_ += step.lift != 0;
  if (step.lift != 0) add(SumKind::hit, raw(step.probe));
  if (step.way == Way::on) add(SumKind::way_on, raw(step.watch));
  if (step.way == Way::jump) add(SumKind::way_jump, raw(step.watch));
  if (step.retires && step.watch != WatchId{}) add(SumKind::retired, raw(step.watch));
}

void Compaction::finish() {
  keep_last_lines();
  for (const StepRows& step : candidates_)
    if (!stays(step)) sum(step);
  candidates_.clear();
  sums_.finish();
}

}  // namespace recount
