#include "replay/recount/recount.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "replay/log/dictionary.hpp"
#include "replay/log/progress.hpp"
#include "replay/text/describe.hpp"
#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

bool is_wait_status(EventKind kind) { return kind >= EventKind::exited && kind <= EventKind::continued; }

const std::vector<Fact> kNoFacts;

}  // namespace

Recount::Recount(const LogFile& log)
    : log_(log),
      run_(&log.run()),
      machine_(run_->rules, run_->before),
      agenda_(machine_),
      reader_(log.database()),
      birth_(log.database(), "SELECT seq, utid, upid, tid, parent_upid FROM trace_birth ORDER BY seq, rowid"),
      exec_(log.database(), "SELECT exec_id FROM trace_exec WHERE seq = ?"),
      more_births_(birth_.step()),
      more_(reader_.next(next_)) {}

Verdict Recount::run(Visitor* visitor, Seq last) {
  Verdict all;
  Progress progress = reading(log_);
  for (const RunRecord& run : log_.runs()) {
    if (!all.runs.empty() && (run.first_seq > last || (visitor && visitor->has_enough()))) break;
    begin_run(run);
    const bool stopped = read_run(visitor, last, progress);
    all.runs.push_back(end_run(stopped));
    if (visitor) visitor->run_ended();
  }
  static_cast<RunVerdict&>(all) = all.runs.back();
  all.events = 0;
  all.missing = all.dropped = 0;
  for (const RunVerdict& run : all.runs) {
    all.events += run.events;
    all.missing += run.missing;
    all.dropped += run.dropped;
    all.sealed = all.sealed && run.sealed;
  }
  for (const RunVerdict& run : all.runs)
    if (run.divergence) {
      all.divergence = run.divergence;
      break;
    }
  return all;
}

void Recount::begin_run(const RunRecord& run) {
  run_ = &run;
  machine_ = Machine(run.rules, run.before);
  defined_.clear();
  agenda_.clear();
  cause_seq_ = 0;
  verdict_ = RunVerdict{};
  verdict_.last_seq = run.first_seq - 1;
  verdict_.dropped = run.events_dropped;
}

// Whether it stopped before the run's end. Rows beyond the end of the last run are of that run.
bool Recount::read_run(Visitor* visitor, Seq last, Progress& progress) {
  const bool is_last = run_ == &log_.runs().back();
  while (more_ && (is_last || next_.seq <= run_->last_seq)) {
    if (next_.seq > last || (visitor && visitor->has_enough())) return true;
    if (visitor) visitor->before(next_);
    row(next_, visitor);
    progress.at(next_.seq);
    more_ = reader_.next(next_);
  }
  return false;
}

RunVerdict Recount::end_run(bool stopped) {
  verdict_.sealed = run_->complete();
  verdict_.machine_ended = machine_.ended();
  verdict_.owed = agenda_.size();
  if (!stopped) check_end();
  return verdict_;
}

void Recount::row(const TraceEvent& event, Visitor* visitor) {
  check_order(event);
  verdict_.last_seq = event.seq;
  ++verdict_.events;
  if (event.unknown != EventKind{}) {
    diverge(event.seq, 0, "event " + std::to_string(event.seq) + " is of no kind that there is",
            "kind " + std::to_string(static_cast<int>(event.kind())));
    return;
  }
  if (event.action())
    action(event, *event.action(), visitor);
  else
    observation(event, *event.observation(), visitor);
}

void Recount::check_order(const TraceEvent& event) {
  const Seq expected = verdict_.last_seq + 1;
  const bool is_gap = event.seq > expected;
  if (is_gap && run_->events_dropped != 0) {
    verdict_.missing += event.seq - expected;
    verdict_.events += event.seq - expected;
  } else if (event.seq != expected) {
    diverge(expected, 0,
            "event " + std::to_string(expected) + " is missing: seq " + std::to_string(expected) +
                (event.seq == expected + 1 ? "" : " to " + std::to_string(event.seq - 1)) + " is not in the log",
            "the next row is " + name_of_row(event.seq, event.kind()),
            agenda_.empty() ? "" : "owed: " + describe(agenda_.next()));
  }
  if (event.time_ns < verdict_.last_time_ns)
    diverge(event.seq, 0, "the time goes back at " + name_of_row(event.seq, event.kind()),
            std::to_string(event.time_ns) + " ns", "at least " + std::to_string(verdict_.last_time_ns) + " ns");
  verdict_.last_time_ns = event.time_ns;
}

// --- observations -----------------------------------------------------------------------------------------------------

void Recount::observation(const TraceEvent& event, const Observation& seen, Visitor* visitor) {
  check_observation(event, seen);
  forgive_owed();
  cause_seq_ = event.seq;
  cause_kind_ = event.kind();
  try {
    if (is_born_of_itself(seen)) throw InvariantError("a task can not be born of itself or of its own threads");
    define_images(seen);
    const Step& step = agenda_.observe(event.seq, seen);
    compare_step(event, step);
    if (visitor) visitor->decided(step);
    if (visitor) visitor->row(event, step.facts);
  } catch (const FileError&) {
    throw;
  } catch (const SqliteError&) {
    throw;
  } catch (const std::logic_error& error) {
    diverge(event.seq, 0, name_of_row(event.seq, event.kind()) + " can not happen there: " + error.what(),
            describe(seen));
    if (visitor) visitor->row(event, kNoFacts);
  }
}

// No kernel does this, but a file may say it; the machine would end the process that it is asked
// about.
bool Recount::is_born_of_itself(const Observation& observation) const {
  const Birth* const birth = birth_in(observation);
  if (!birth) return false;
  const auto parent = machine_.threads().find(observation.tid);
  const bool known = parent != machine_.threads().end() && parent->second.process != nullptr;
  return birth->child == observation.tid || (known && birth->child == parent->second.process->pid);
}

void Recount::check_observation(const TraceEvent& event, const Observation& seen) {
  const EventKind kind = seen.kind();
  const auto name = [&] { return name_of_row(event.seq, kind); };
  if (!agenda_.empty())
    diverge(event.seq, agenda_.next().cause,
            name() + " stands where the answer to " + name_of_cause(agenda_.next().cause) + " should be",
            describe(seen), describe(agenda_.next()));
  if (event.has_more) diverge(event.seq, 0, name() + " has a number where such a row has none", describe(seen));
  if (is_wait_status(kind) && seen.status.kind() != kind)
    diverge(event.seq, 0, name() + " has the wait status of another kind", describe(seen),
            std::string(recount::name_of(seen.status.kind())));
  const auto* const stop = seen.as<observed::SignalDeliveryStop>();
  if (stop && stop->siginfo.signo != 0 && stop->siginfo.signo != seen.status.stop_signal())
    diverge(event.seq, 0, name() + " has a wait status and a siginfo of different signals", describe(seen),
            "signal " + std::to_string(stop->siginfo.signo) + " by its siginfo");
  check_new_task(event.seq, seen);
}

void Recount::check_new_task(Seq seq, const Observation& seen) {
  const Birth* const birth = birth_in(seen);
  const std::int64_t told = birth ? stored_in(seen, Column::value) : 0;
  if (told != 0 && birth->child != Tid{static_cast<std::int32_t>(told)})
    diverge(seq, 0, name_of_row(seq, seen.kind()) + " has a trace_new_task row of another task",
            "child " + std::to_string(raw(birth->child)), "child " + std::to_string(told));
}

void Recount::define_images(const Observation& observation) {
  if (const ExecDetail* const program = program_in(observation)) define_image(program->image);
  for (const Placed& placed : placed_in(observation)) define_image(placed.image);
}

void Recount::define_image(ImageId image) {
  if (image == ImageId{} || !defined_.insert(raw(image)).second) return;
  const auto [at, fresh] = images_.try_emplace(raw(image));
  if (fresh) at->second = probe_table(log_, image);
  if (at->second) machine_.define_image(at->second);
}

void Recount::compare_step(const TraceEvent& event, const Step& step) {
  const auto name = [&] { return name_of_row(event.seq, event.kind()); };
  if (event.utid != step.utid)
    diverge(event.seq, 0, name() + " names another task than the machine does",
            "utid " + std::to_string(raw(event.utid)), "utid " + std::to_string(raw(step.utid)));
  if (event.exec != step.exec)
    diverge(event.seq, 0, name() + " names another exec than the machine does",
            "exec_id " + std::to_string(raw(event.exec)), "exec_id " + std::to_string(raw(step.exec)));
  const bool is_survey = event.kind() == EventKind::surveyed && event.exec != ExecId{};
  if (event.kind() == EventKind::event_exec || is_survey) check_exec_row(event);
  compare_births(event.seq, step.facts);
}

void Recount::check_exec_row(const TraceEvent& event) {
  exec_.bind(1, static_cast<std::int64_t>(event.seq));
  const bool there = exec_.step();
  const std::int64_t id = there ? exec_.integer(0) : 0;
  exec_.reset();
  if (id == std::int64_t{raw(event.exec)}) return;
  diverge(event.seq, 0, name_of_row(event.seq, event.kind()) + " and its row of trace_exec do not agree",
          there ? "exec_id " + std::to_string(id) + " in trace_exec" : "no row in trace_exec",
          "exec_id " + std::to_string(raw(event.exec)));
}

void Recount::compare_births(Seq seq, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    if (fact.kind != FactKind::born) continue;
    const std::string expected = describe_birth(raw(fact.utid), raw(fact.upid), raw(fact.tid), raw(fact.parent));
    const bool there = more_births_ && static_cast<Seq>(birth_.integer(0)) == seq;
    const std::string found =
        there ? describe_birth(birth_.integer(1), birth_.integer(2), birth_.integer(3), birth_.integer(4)) : "none";
    if (found != expected)
      diverge(seq, 0, "the birth at event " + std::to_string(seq) + " is not in trace_birth as it should be", found,
              expected);
    if (there) more_births_ = birth_.step();
  }
  while (more_births_ && static_cast<Seq>(birth_.integer(0)) <= seq) {
    diverge(seq, 0, "trace_birth has a birth that did not happen",
            describe_birth(birth_.integer(1), birth_.integer(2), birth_.integer(3), birth_.integer(4)), "none");
    more_births_ = birth_.step();
  }
}

// --- actions ----------------------------------------------------------------------------------------------------------

void Recount::action(const TraceEvent& event, const Action& done, Visitor* visitor) {
  const auto name = [&] { return name_of_row(event.seq, event.kind()); };
  if (agenda_.empty())
    diverge(event.seq, cause_seq_, name() + " is nothing that the machine decides after " + name_of_cause(cause_seq_),
            describe(done), "nothing to do");
  else if (done != agenda_.next())
    diverge(event.seq, agenda_.next().cause,
            name() + ", in answer to " + name_of_cause(agenda_.next().cause) + ", is not what the machine decides",
            describe(done), describe(agenda_.next()));
  if (event.has_more)
    diverge(event.seq, done.cause, name() + " has a number where such a row has none", describe(done));
  if (agenda_.skip_to(done))
    performed(event, visitor);
  else if (visitor)
    visitor->row(event, kNoFacts);
}

void Recount::performed(const TraceEvent& event, Visitor* visitor) {
  const Step& step = agenda_.performed(event.error);
  if (visitor) visitor->decided(step);
  if (visitor) visitor->row(event, step.facts);
}

// After a divergence, what should have been done is taken as done, so that the machine goes on from
// a state that can be.
void Recount::forgive_owed() {
  while (!agenda_.empty()) agenda_.performed(0);
}

// --- the end ----------------------------------------------------------------------------------------------------------

void Recount::check_end() {
  const bool is_last = run_ == &log_.runs().back();
  if (more_births_ && (is_last || static_cast<Seq>(birth_.integer(0)) <= run_->last_seq))
    diverge(static_cast<Seq>(birth_.integer(0)), 0, "trace_birth has births after the last event",
            describe_birth(birth_.integer(1), birth_.integer(2), birth_.integer(3), birth_.integer(4)), "none");
  const Seq next = verdict_.last_seq + 1;
  if (!is_last && verdict_.last_seq != run_->last_seq)
    diverge(
        next, 0,
        "event " + std::to_string(next) + " is missing: the run's rows go on to seq " + std::to_string(run_->last_seq));
  check_missing();
  if (!verdict_.sealed) return;
  if (!agenda_.empty())
    diverge(next, agenda_.next().cause,
            "event " + std::to_string(next) + " is missing: the log says complete, but the answer to " +
                name_of_cause(agenda_.next().cause) + " is not in it",
            "no more rows", describe(agenda_.next()));
  const auto told = run_->event_count;
  if (told && *told != static_cast<std::int64_t>(verdict_.events))
    diverge(next, 0,
            "event " + std::to_string(next) + " is missing: trace_run counts another number of events than there are",
            std::to_string(*told) + " by trace_run", std::to_string(verdict_.events) + " by counting");
  if (!machine_.ended())
    diverge(next, 0, "event " + std::to_string(next) + " is missing: the log says complete, but tasks were still there",
            "no more rows", std::to_string(machine_.threads().size()) + " tasks that have not ended");
}

// Which rows compact has left out is not known, but how many.
void Recount::check_missing() {
  if (verdict_.missing == verdict_.dropped) return;
  diverge(verdict_.last_seq, 0, "a compacted log lacks another number of events than were left out",
          std::to_string(verdict_.missing) + " are missing", std::to_string(verdict_.dropped) + " by trace_compacted");
}

void Recount::diverge(Seq seq, Seq cause, std::string what, std::string log, std::string machine) {
  if (verdict_.divergence) return;
  verdict_.divergence = Divergence{seq, cause, std::move(what), std::move(log), std::move(machine)};
}

std::string Recount::name_of_row(Seq seq, EventKind kind) const {
  return "event " + std::to_string(seq) + " (" + std::string(recount::name_of(kind)) + ")";
}

std::string Recount::name_of_cause(Seq seq) const {
  return seq == cause_seq_ && seq != 0 ? name_of_row(seq, cause_kind_) : "event " + std::to_string(seq);
}

}  // namespace recount
