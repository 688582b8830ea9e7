#include "replay/recount/history.hpp"

#include <algorithm>
#include <utility>

#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

Usage usage_of(const TraceEvent& event) {
  const Usage* const usage = event.observation() ? usage_in(*event.observation()) : nullptr;
  return usage ? *usage : Usage{};
}

std::uint64_t signal_key(Upid upid, int signal) {
  return std::uint64_t{raw(upid)} << 8 | static_cast<std::uint64_t>(signal & 0xff);
}

}  // namespace

History::History(const LogFile& log, Coverage* coverage)
    : exec_row_(log.database(), "SELECT path, argv, cwd FROM trace_exec WHERE seq = ?"),
      summed_(log),
      next_sum_(summed_.threads().begin()),
      coverage_(coverage) {
  if (log.compacted()) stopped_row_.emplace(log.database(), "SELECT stopped_ns FROM trace_stopped WHERE seq = ?");
  if (!has_table(log.database(), "trace_watch")) return;
  Statement rows(log.database(), "SELECT DISTINCT image_id FROM trace_watch WHERE kind IN (?, ?)");
  rows.bind(1, static_cast<std::int64_t>(WatchKind::write)).bind(2, static_cast<std::int64_t>(WatchKind::writev));
  while (rows.step()) output_images_.insert(static_cast<std::uint32_t>(rows.integer(0)));
  keeps_output_ = !output_images_.empty() || keeps_output(log);
}

std::optional<bool> History::output_seen(const ProcessRecord& process) const {
  if (!keeps_output_) return std::nullopt;
  const ExecRecord* const program = program_of(process);
  return program && program->output_seen;
}

bool History::has_watched(std::span<const Placed> placed) const {
  return std::any_of(placed.begin(), placed.end(),
                     [this](Placed image) { return output_images_.contains(raw(image.image)); });
}

// Of a child that runs its parent's program, the parent's stops tell.
void History::see_output(const TraceEvent& event, const Observation& seen) {
  if (output_images_.empty() || seen.as<observed::EventExec>() || !has_watched(placed_in(seen))) return;
  const ThreadRecord* const thread = find(event.utid);
  const ProcessRecord* const process = thread ? find(thread->upid) : nullptr;
  if (process && !process->execs.empty()) execs_[process->execs.back()].output_seen = true;
}

const ProcessRecord* History::process(Upid upid) const {
  const auto found = process_at_.find(raw(upid));
  return found == process_at_.end() ? nullptr : &processes_[found->second];
}

const ThreadRecord* History::thread(Utid utid) const {
  const auto found = thread_at_.find(raw(utid));
  return found == thread_at_.end() ? nullptr : &threads_[found->second];
}

ProcessRecord* History::find(Upid upid) {
  const auto found = process_at_.find(raw(upid));
  return found == process_at_.end() ? nullptr : &processes_[found->second];
}

ThreadRecord* History::find(Utid utid) {
  const auto found = thread_at_.find(raw(utid));
  return found == thread_at_.end() ? nullptr : &threads_[found->second];
}

const ExecRecord* History::program_of(const ProcessRecord& process) const {
  return process.execs.empty() ? born_with(process) : &execs_[process.execs.back()];
}

const ExecRecord* History::program_at(const ProcessRecord& process, std::int64_t time_ns) const {
  const auto later = std::find_if(process.execs.begin(), process.execs.end(),
                                  [&](std::size_t exec) { return execs_[exec].time_ns > time_ns; });
  return later == process.execs.begin() ? born_with(process) : &execs_[*std::prev(later)];
}

const ExecRecord* History::born_with(const ProcessRecord& process) const {
  for (const ProcessRecord* at = &process; at; at = this->process(at->parent))
    if (at->parent_exec) return &execs_[*at->parent_exec];
  return nullptr;
}

void History::row(const TraceEvent& event, const std::vector<Fact>& facts) {
  hits_of_row_.clear();
  again_of_row_.reset();
  last_seen_ = event.seq;
  if (const Action* const action = event.action()) done(event, *action);
  if (const Observation* const seen = event.observation()) {
    if (seen->status.stopped()) stopped_.stops(seen->tid, event.time_ns);
    before_birth(event, *seen);
    see_output(event, *seen);
    if (coverage_ && counts(event.utid))
      for (const Counted& probe : seen->counted) coverage_->count(probe.probe, probe.times);
  }
  for (const Fact& f : facts) fact(event, f);
  if (!hits_of_row_.empty()) put_on_record();
}

// A task may report before the event that says whose child it is; its times are those of its own rows.
void History::before_birth(const TraceEvent& event, const Observation& seen) {
  hit_.reset();
  trap_.reset();
  if (event.utid == Utid{} || find(event.utid)) return;
  unborn_start_.emplace(raw(event.utid), event.time_ns);
  if (const Usage* const usage = usage_in(seen))
    unborn_end_[raw(event.utid)] = {event.seq, event.time_ns, *usage, seen.tid};
}

// Those of the run: no run ends with a row that was dropped.
void History::add_summed() {
  for (; next_sum_ != summed_.threads().end() && next_sum_->first_seq <= last_seen_; ++next_sum_)
    add_summed(*next_sum_);
}

void History::add_summed(const SummedThread& sum) {
  const ThreadRecord* const thread = find(sum.utid);
  ProcessRecord* const process = thread ? find(thread->upid) : nullptr;
  if (process) process->last_deed = std::max(process->last_deed, sum.last_seq);
  const bool counted = coverage_ && counts(sum.utid);
  summed_.each(sum, [&](SumKind kind, std::uint32_t id) {
    if (kind == SumKind::hit) ++hits_;
    if (kind == SumKind::hit && process) ++process->hits;
    if (kind == SumKind::retired && coverage_) coverage_->retire(WatchId{id});
    if (!counted) return;
    if (kind == SumKind::hit)
      coverage_->add(ProbeId{id}, {}, process ? process->upid : Upid{}, sum.exec, 0);
    else if (kind != SumKind::retired)
      coverage_->take(WatchId{id}, kind == SumKind::way_on ? Way::on : Way::jump);
  });
}

void History::run_ended() {
  add_summed();
  upid_of_.clear();
  if (coverage_) coverage_->run_ended();
}

void History::fact(const TraceEvent& event, const Fact& fact) {
  switch (fact.kind) {
    case FactKind::born: return born(event, fact);
    case FactKind::execed: return execed(event, fact);
    case FactKind::signal: return delivered(event, fact);
    case FactKind::thread_ended: return thread_ended(event, fact);
    case FactKind::process_ended: return process_ended(event, fact);
    case FactKind::let_go:
      if (ProcessRecord* const process = find(fact.upid)) {
        (fact.exec == ExecId{} ? process->let_go : process->not_followed) = true;
        process->tracer = fact.parent;
      }
      return;
    case FactKind::int3_stuck:
      if (ProcessRecord* const process = find(fact.upid))
        process->ended_by = fact.signal != 0 ? EndedBy::probe : EndedBy::others;
      return;
    case FactKind::hit: return hit(event, fact);
    case FactKind::wrote: return wrote(event, fact);
    case FactKind::way_taken: return way_taken(fact);
    case FactKind::not_planted:
    case FactKind::copied:
    case FactKind::unwatched:
    case FactKind::trap_lost: return;  // the recorder says so itself, in a diagnostic
  }
}

void History::wrote(const TraceEvent& event, const Fact& fact) {
  outputs_.push_back({event.seq, event.time_ns, fact.upid, fact.utid, fact.exec, fact.fd, fact.bytes});
}

void History::born(const TraceEvent& event, const Fact& fact) {
  const bool is_thread = fact.parent == fact.upid;
  const bool known = find(fact.utid) != nullptr;  // a child that was adopted is told later who its parent is
  if (!known) add_thread(event, fact);
  if (!find(fact.upid)) add_process(fact);
  if (known && find(fact.utid)->upid != fact.upid) join(find(fact.utid)->upid, fact.upid);
  ProcessRecord& process = *find(fact.upid);
  if (!known) process.threads.push_back(threads_.size() - 1);
  if (is_thread) process.last_deed = event.seq;
  ProcessRecord* const parent = is_thread ? nullptr : find(fact.parent);
  if (!parent || process.parent != Upid{}) return;
  process.parent = fact.parent;
  process.origin = fact.origin;
  const Birth* const birth = event.observation() ? birth_in(*event.observation()) : nullptr;
  if (coverage_ && birth && birth->memory == MemorySharing::shared) coverage_->lodges(fact.upid, fact.parent);
  parent->children.push_back(fact.upid);
  parent->last_deed = event.seq;
  process.parent_exec = parent->execs.empty() ? parent->parent_exec : parent->execs.back();
}

void History::add_thread(const TraceEvent& event, const Fact& fact) {
  const auto reported = unborn_start_.find(raw(fact.utid));
  const bool earlier = reported != unborn_start_.end();
  thread_at_.emplace(raw(fact.utid), threads_.size());
  threads_.push_back({fact.utid, fact.tid, fact.upid, earlier ? reported->second : event.time_ns, {}});
  if (earlier) unborn_start_.erase(reported);
}

void History::add_process(const Fact& fact) {
  process_at_.emplace(raw(fact.upid), processes_.size());
  ProcessRecord& process = processes_.emplace_back();
  process.upid = fact.upid;
  process.pid = fact.tid;
  process.origin = fact.origin;
  process.start_ns = find(fact.utid)->start_ns;
  upid_of_[raw(fact.tid)] = fact.upid;
}

// A task that was taken for a process turns out to be a thread: what was said of that process is
// true of the other.
void History::join(Upid guess, Upid upid) {
  if (!find(guess) || !find(upid)) return;
  const ProcessRecord from = *find(guess);
  ProcessRecord& to = *find(upid);
  to.hits += from.hits;
  to.last_deed = std::max(to.last_deed, from.last_deed);
  to.threads.insert(to.threads.end(), from.threads.begin(), from.threads.end());
  for (const std::size_t thread : from.threads) threads_[thread].upid = upid;
  for (const Upid child : from.children) adopt(to, *find(child));
  for (std::size_t i = 0; i < signals_.size(); ++i)
    if (signals_[i].upid == guess) {
      signals_[i].upid = upid;
      last_signal_[signal_key(upid, signals_[i].signal)] = i;
    }
  for (OutputRecord& output : outputs_)
    if (output.upid == guess) output.upid = upid;
  if (coverage_) coverage_->join(guess, upid);
  drop(guess);
}

// A parent is always older than its child. A file may say otherwise, and then nobody is the parent.
void History::adopt(ProcessRecord& parent, ProcessRecord& child) {
  const bool older = parent.upid < child.upid;
  child.parent = older ? parent.upid : Upid{};
  if (!older) return;
  parent.children.push_back(child.upid);
  for (const std::size_t exec : parent.execs)
    if (execs_[exec].time_ns <= child.start_ns) child.parent_exec = exec;
}

void History::drop(Upid guess) {
  processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(process_at_.at(raw(guess))));
  process_at_.clear();
  for (std::size_t i = 0; i < processes_.size(); ++i) process_at_[raw(processes_[i].upid)] = i;
}

void History::execed(const TraceEvent& event, const Fact& fact) {
  const ExecDetail* const program = event.observation() ? program_in(*event.observation()) : nullptr;
  const ImageId image = program ? program->image : ImageId{};
  const bool output_seen =
      output_images_.contains(raw(image)) || (program && has_watched(placed_in(*event.observation())));
  ExecRecord exec{fact.exec, fact.upid, event.seq, event.time_ns, {}, {}, {}, image, output_seen};
  exec_row_.bind(1, static_cast<std::int64_t>(event.seq));
  if (exec_row_.step()) exec.path = exec_row_.text(0), exec.argv = exec_row_.text(1), exec.cwd = exec_row_.text(2);
  exec_row_.reset();
  if (ProcessRecord* const process = find(fact.upid)) {
    process->execs.push_back(execs_.size());
    process->last_deed = event.seq;
  }
  execs_.push_back(std::move(exec));
}

void History::delivered(const TraceEvent& event, const Fact& fact) {
  const auto* const stop = event.as<observed::SignalDeliveryStop>();
  const int sender = stop ? stop->siginfo.pid : 0;
  const auto from = upid_of_.find(sender);
  const SignalRecord signal{event.seq,   event.time_ns, fact.upid, fact.tid,
                            fact.signal, sender,        false,     from == upid_of_.end() ? Upid{} : from->second};
  if (fact.signal == signals::kTrap)
    trap_ = signal;
  else
    add_signal(signal);
}

void History::add_signal(const SignalRecord& signal) {
  last_signal_[signal_key(signal.upid, signal.signal)] = signals_.size();
  signals_.push_back(signal);
}

void History::done(const TraceEvent& event, const Action& action) {
  if (const ThreadRecord* const thread = resumes(action) ? find(event.utid) : nullptr)
    stopped_.goes_on(action.tid, thread->upid, event.time_ns);
  if (const auto* const lift = action.as<act::Lift>()) put_hit_on_record(event, lift->probe);
  if (const auto* const emulate = action.as<act::Emulate>()) emulated(event, *emulate);
  if (const auto* const mend = action.as<act::Mend>(); mend && coverage_) coverage_->stop_counting(mend->probe);
  if (const auto* const retire = action.as<act::Retire>(); retire && coverage_) coverage_->retire(retire->watch);
  if (signal_of(action) != 0) resumed(action);
}

// Of a SIGTRAP a log that was cut right behind the stop does not say whether it was the program's.
void History::resumed(const Action& action) {
  if (trap_ && action.cause == trap_->seq) add_signal(*std::exchange(trap_, std::nullopt));
}

void History::hit(const TraceEvent& event, const Fact& fact) {
  if (fact.line_at || fact.is_late)
    hits_of_row_.push_back(
        {event.seq, event.time_ns, fact.utid, fact.tid, fact.upid, fact.exec, fact.probe, fact.line_at, fact.is_late});
  else
    hit_ = fact;
}

// Whether the byte could be put back or not.
void History::put_hit_on_record(const TraceEvent& event, ProbeId probe) {
  if (!hit_ || probe != hit_->probe) return;
  hits_of_row_.push_back(
      {event.seq, event.time_ns, hit_->utid, hit_->tid, hit_->upid, hit_->exec, hit_->probe, {}, false});
  hit_.reset();
}

void History::emulated(const TraceEvent& event, const act::Emulate& emulate) {
  put_hit_on_record(event, emulate.probe);
  if (const ThreadRecord* const thread = hits_of_row_.empty() ? find(event.utid) : nullptr)
    again_of_row_ =
        Hit{event.seq, event.time_ns, event.utid, event.tid(), thread->upid, emulate.exec, emulate.probe, {}, false};
  if (!coverage_) return;
  if (counts(event.utid)) coverage_->count(emulate.probe);
  if (event.error != 0) coverage_->stop_counting(emulate.probe);
}

bool History::counts(Utid utid) const {
  return !selection_ || !selection_->threads || selection_->threads->contains(raw(utid));
}

void History::way_taken(const Fact& fact) {
  if (coverage_ && counts(fact.utid)) coverage_->take(fact.watch, fact.way);
}

// However many lines a stop tells of, it is one.
void History::put_on_record() {
  const Hit& first = hits_of_row_.front();
  const auto late = static_cast<std::uint64_t>(
      std::count_if(hits_of_row_.begin(), hits_of_row_.end(), [](const Hit& hit) { return hit.is_late; }));
  const std::uint64_t hits = late + (late < hits_of_row_.size() ? 1 : 0);
  hits_ += hits;
  if (ProcessRecord* const process = find(first.upid)) {
    process->hits += hits;
    if (late < hits_of_row_.size()) process->last_deed = first.seq;
  }
  if (!coverage_ || !counts(first.utid)) return;
  for (const Hit& hit : hits_of_row_) coverage_->add(hit.probe, hit.line_at, hit.upid, hit.exec, hit.seq);
}

std::vector<const ProbeLine*> lines_of(const Sources& sources, const Hit& hit) {
  std::vector<const ProbeLine*> lines;
  for (const ProbeLine& line : sources.lines_of(hit.probe))
    if (!hit.line_at || line.address == raw(*hit.line_at)) lines.push_back(&line);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const ProbeLine* a, const ProbeLine* b) { return a->address < b->address; });
  return lines;
}

void History::thread_ended(const TraceEvent& event, const Fact& fact) {
  const auto reported = unborn_end_.find(raw(fact.utid));
  const bool earlier = reported != unborn_end_.end();
  end_ = earlier ? reported->second : End{event.seq, event.time_ns, usage_of(event), event.tid()};
  if (earlier) unborn_end_.erase(reported);
  unborn_start_.erase(raw(fact.utid));
  if (ThreadRecord* const thread = find(fact.utid)) thread->end_ns = end_.time_ns;
}

void History::process_ended(const TraceEvent&, const Fact& fact) {
  ProcessRecord* const process = find(fact.upid);
  if (!process) return;
  process->end_ns = end_.time_ns;
  process->status = fact.status;
  process->end_seq = end_.seq;
  if (fact.origin == EventKind::timer) process->ended_by = EndedBy::timeout;
  if (fact.origin == EventKind::recorder_signal) process->ended_by = EndedBy::request;
  process->usage = end_.usage;
  process->stopped_ns = stopped_ns(end_, fact.upid);
  if (fact.status.signaled()) mark_fatal(*process, end_);
}

// The stops of hits that were dropped are in the sum that the recorder wrote.
std::int64_t History::stopped_ns(const End& end, Upid upid) {
  const std::int64_t by_rows = stopped_.take(upid);
  if (!stopped_row_) return by_rows;
  stopped_row_->bind(1, static_cast<std::int64_t>(end.seq));
  const std::int64_t told = stopped_row_->step() ? stopped_row_->integer(0) : by_rows;
  stopped_row_->reset();
  return told;
}

// SIGKILL stops nobody on its way: such a death is a signal of its own, at the row of the end.
void History::mark_fatal(ProcessRecord& process, const End& end) {
  const int signal = process.status.term_signal();
  const auto last = last_signal_.find(signal_key(process.upid, signal));
  if (last != last_signal_.end())
    signals_[last->second].fatal = true;
  else
    signals_.push_back({end.seq, end.time_ns, process.upid, end.tid, signal, 0, true, {}});
}

}  // namespace recount
