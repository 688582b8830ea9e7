#include "tracer/recorder.hpp"

#include <string.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "tracer/stop/privilege.hpp"

namespace recount {

Recorder::Recorder(const Setup& setup, OutputFile& file, LogWriter& log)
    : setup_(setup),
      file_(file),
      log_(log),
      start_ns_(monotonic_ns()),
      sources_(log, start_ns_, setup.quiet, setup.verbose),
      awake_(setup.awake),
      images_(setup.subject, setup.run.coverage),
      machine_(setup.run.rules),
      crashes_(setup.subject),
      observer_(images_, machine_, memory_, crashes_, setup.no_follow, setup.env),
      launcher_(setup.program, setup.run.argv, waiter_),
      performer_(setup.run.rules, launcher_, waiter_, machine_, images_, memory_) {}

void Recorder::run() {
  log_.start();
  Observation root;
  root.kind = EventKind::spawned;
  root.tid = launcher_.tid();
  try {
    record(root);
    while (!machine_.ended()) record(next_observation());
  } catch (const InvariantError& error) {
    outcome_.broken = "event " + std::to_string(outcome_.events) + ": " + error.what();
    diagnose("error", "invariant", outcome_.broken, "");
    log_.push(items_);
  }
  note_left_out_crashes();
  note_awake();
  outcome_.started = machine_.root_execed();
  if (!outcome_.started) outcome_.exec_error = launcher_.exec_error();
  outcome_.timed_out = machine_.timed_out();
  outcome_.let_go = machine_.let_go();
  outcome_.status = machine_.root_status();
  outcome_.duration_ns = now_ns();
  sources_.finish();
}

Observation Recorder::next_observation() {
  if (log_.failed() && !log_failure_told_) {
    log_failure_told_ = true;
    Observation failed;
    failed.kind = EventKind::recording_failed;
    return failed;
  }
  const std::int64_t begin = monotonic_ns();
  const Report report = waiter_.next();
  if (report.kind == Report::Kind::task) {
    const std::int64_t end = monotonic_ns();
    awake_.waited(report.tid, end - begin, end);
  }
  return observer_.observe(report);
}

void Recorder::record(const Observation& observation) {
  performer_.forget_memory(observation);
  if (!observation.exec.no_follow.empty()) last_exec_ = observation.exec;
  const auto images = images_.take_new();
  for (const auto& image : images) note_image(image);
  if (observation.kind == EventKind::event_exec) note_privilege(observation.tid, observation.exec.path);
  const ExecId ended = program_ended(observation);
  TraceEvent event;
  event.seq = ++outcome_.events;
  event.time_ns = now_ns();
  event.observation = observation;
  items_.emplace_back(EventItem{std::move(event), {}});
  auto& item = std::get<EventItem>(items_.back());
  const Step& step = machine_.observe(outcome_.events, observation);
  item.event.utid = step.utid;
  item.event.exec = step.exec;
  std::copy_if(step.facts.begin(), step.facts.end(), std::back_inserter(item.births),
               [](const Fact& fact) { return fact.kind == FactKind::born; });
  if (auto crash = observer_.take_crash()) items_.emplace_back(CrashItem{outcome_.events, std::move(crash)});
  note_step(step);
  note_tracing(observation, step.exec, ended);
  perform(step);
  log_.push(items_);
  if (!setup_.keep_sources) return;
  for (const auto& image : images) sources_.keep(image);
}

void Recorder::perform(const Step& step) {
  actions_.assign(step.actions.begin(), step.actions.end());
  while (!actions_.empty()) {
    TraceEvent event;
    event.action = actions_.front();
    actions_.pop_front();
    event.error = performer_.perform(event.action);
    if (event.action.kind == EventKind::seize) outcome_.seize_error = event.error;
    event.seq = ++outcome_.events;
    event.time_ns = now_ns();
    event.utid = event.action.utid;
    const Step& more = machine_.performed(event.action, event.error);
    items_.emplace_back(EventItem{std::move(event), {}});
    note_step(more);
    actions_.insert(actions_.end(), more.actions.begin(), more.actions.end());
  }
}

void Recorder::note_step(const Step& step) {
  for (const Fact& fact : step.facts) {
    if (fact.kind == FactKind::born && fact.tid != Tid{})
      outcome_.processes = std::max(outcome_.processes, raw(fact.upid));
    if (fact.kind == FactKind::execed) file_.keep();
    if (fact.kind == FactKind::not_planted)
      diagnose(
          "data_loss", "probes-not-planted",
          "process " + std::to_string(raw(fact.tid)) + ": its probes could not be written: " + ::strerror(fact.error),
          "it is followed without coverage");
    if (fact.kind == FactKind::copied && !std::exchange(copied_text_told_, true))
      diagnose("info", "text-copied",
               "process " + std::to_string(raw(fact.tid)) +
                   " runs a copy of its own code; lines that run there only are not counted",
               "");
    if (fact.kind == FactKind::trap_lost)
      diagnose(
          "notice", "sigtrap-setting-lost",
          "process " + std::to_string(raw(fact.tid)) +
              ": what it does about SIGTRAP was reset by a probe and could not be set again: " + ::strerror(fact.error),
          "record it with --no-coverage if it depends on that");
    if (fact.kind == FactKind::unwatched)
      diagnose(
          "info", "signal-calls-unwatched",
          "process " + std::to_string(raw(fact.tid)) +
              " changes its signals so often that it is not watched any more; a probe that is hit while it blocks or "
              "ignores SIGTRAP will reset that",
          "record it with --no-coverage if it depends on that");
    if (fact.kind == FactKind::let_go) note_let_go(fact);
  }
}

void Recorder::note_let_go(const Fact& fact) {
  const std::string name = "(upid " + std::to_string(raw(fact.upid)) + ")";
  if (fact.exec != ExecId{}) return note_not_followed(name);
  if (fact.signal == 0)
    return diagnose("notice", "process-let-go", "a process " + name + " was let go and runs on, untraced", "");
  diagnose("notice", "init-let-go",
           "the init of a pid namespace " + name + " was let go, to die of SIG" + ::sigabbrev_np(fact.signal) +
               " as no traced one can; its end is not in the log",
           "");
}

// Once for each program: a build may run it a thousand times.
void Recorder::note_privilege(Tid tid, const std::string& path) {
  const std::string withheld = withheld_privilege(tid);
  if (withheld.empty() || !told_privileges_.insert(path).second) return;
  diagnose("notice", "privilege-withheld",
           path + " runs " + withheld +
               ": the kernel keeps it from what an unprivileged "
               "process traces",
           "record as root, or run it outside of the recording");
}

// The program of the process that this ends, while the machine still knows it.
ExecId Recorder::program_ended(const Observation& observation) const {
  const auto thread = machine_.threads().find(observation.tid);
  const bool known = thread != machine_.threads().end() && thread->second.process;
  if (!observation.status.ended() || !known || thread->second.process->pid != observation.tid) return ExecId{};
  return thread->second.process->exec;
}

void Recorder::note_tracing(const Observation& observation, ExecId begun, ExecId ended) {
  std::optional<Diagnostic> what;
  if (observation.exec.image != ImageId{})
    what = tracing_programs_.began(begun, images_.at(observation.exec.image), observation.tid);
  else if (ended != ExecId{})
    what = tracing_programs_.ended(ended, observation.tid, observation.status);
  if (what) diagnose(what->severity, what->key, what->message, what->remedy);
}

void Recorder::note_left_out_crashes() {
  if (crashes_.left_out() == 0) return;
  diagnose("notice", "snapshots-left-out",
           std::to_string(crashes_.left_out()) +
               " deaths by a signal have no backtrace: those before them took all the time that "
               "is given to it",
           "");
  log_.push(items_);
}

void Recorder::note_awake() {
  const AwakeChoice::Found& found = awake_.found();
  if (found.plain_ns == 0) return;
  const auto us = [](std::int64_t ns) { return std::to_string(ns / 1000); };
  diagnose("info", "hand-over",
           "a wait for the next stop took " + us(found.plain_ns) + " us, and " + us(found.awake_ns) +
               " us with processors kept awake, which was " + (found.awake ? "" : "not ") + "done",
           "");
  log_.push(items_);
}

void Recorder::note_not_followed(const std::string& name) {
  ++outcome_.not_followed;
  diagnose("info", "not-followed",
           last_exec_.path + " " + name + " runs untraced, and so does what it starts: --no-follow " +
               last_exec_.no_follow + " names it",
           "");
}

void Recorder::note_image(const std::shared_ptr<const StoredImage>& stored) {
  items_.emplace_back(stored);
  const Image& image = stored->image;
  machine_.define_image(stored->table);
  if (!image.probes.empty()) ++outcome_.instrumented_images;
  if (setup_.verbose && image.reason.empty())
    std::cerr << "recount-record: " << image.path << ": " << image.probes.size() << " probes\n";
  if (!setup_.run.coverage) return;
  if (!image.gap.empty())
    note_untold({now_ns(), "notice", "image-incomplete", image.path + ": " + image.gap, image.gap_remedy});
  if (image.reason.empty()) return;
  const bool ours = setup_.subject.sources.wants(image.path);
  note_untold({now_ns(), ours ? "notice" : "info", "image-not-instrumented",
               image.path + " is not instrumented: " + image.reason, image.remedy});
}

// In the log now, on stderr at the end: amid the program's output it would be overlooked.
void Recorder::note_untold(Diagnostic diagnostic) {
  if (diagnostic.severity == "info")
    tell(diagnostic, setup_.quiet, setup_.verbose);
  else
    outcome_.untold.push_back(diagnostic);
  items_.emplace_back(std::move(diagnostic));
}

void Recorder::diagnose(const std::string& severity, const std::string& key, const std::string& message,
                        const std::string& remedy) {
  Diagnostic diagnostic{now_ns(), severity, key, message, remedy};
  tell(diagnostic, setup_.quiet, setup_.verbose);
  items_.emplace_back(std::move(diagnostic));
}

}  // namespace recount
