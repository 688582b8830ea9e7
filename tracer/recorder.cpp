#include "tracer/recorder.hpp"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "tracer/also.hpp"
#include "tracer/base/memory_reserve.hpp"

namespace recount {
namespace {

// EILSEQ stands for a difference (process_memory.hpp).
std::string why_not_planted(int error) {
  return error == EILSEQ ? "its code in memory is not what the file has" : ::strerror(error);
}

}  // namespace

Recorder::Recorder(const Setup& setup, Machine& machine, Tracees& tracees, OutputFile& file, LogWriter& log)
    : setup_(setup),
      tracees_(tracees),
      file_(file),
      log_(log),
      start_ns_(monotonic_ns()),
      sources_(log, setup.sources, start_ns_, setup.quiet, setup.verbose),
      machine_(machine),
      agenda_(machine),
      output_(setup.output, setup.output_limit) {}

void Recorder::run() {
  log_.start();
  try {
    record(tracees_.first());
    while (!machine_.ended()) record(next_observation());
  } catch (const InvariantError& error) {
    outcome_.broken = "event " + std::to_string(outcome_.events) + ": " + error.what();
    diagnose("error", "invariant", outcome_.broken, "");
  }
  for (const Diagnostic& remark : tracees_.last_remarks()) diagnose(remark);
  outcome_.duration_ns = now_ns();
  read_also();
  log_.push(items_);
  outcome_.started = machine_.root_execed();
  outcome_.timed_out = machine_.timed_out();
  outcome_.let_go = machine_.let_go();
  outcome_.status = machine_.root_status();
  sources_.finish();
}

// What the run had is known, and of a folder's files only those with lines are worth a word.
void Recorder::read_also() {
  if (!setup_.coverage || !outcome_.broken.empty()) return;
  std::vector<std::string> unknown;
  for (const AlsoFile& file : also_files(setup_.also, unknown)) {
    tracees_.read_also(file.path, file.is_told);
    for (const auto& image : tracees_.take_images()) {
      note_image(image);
      log_.push(items_);
      if (setup_.keep_sources) sources_.keep(image);
    }
  }
  for (const std::string& name : unknown)
    diagnose("notice", "also-not-there", "--also " + name + ": there is no such file or folder",
             "give the path of a program, a library, or a folder of them");
}

Observation Recorder::next_observation() {
  if (MemoryReserve::is_used() && !log_.failed()) log_.give_up("the recorder ran out of memory");
  if (!log_.failed() || std::exchange(log_failure_told_, true)) return tracees_.next();
  return {.what = observed::RecordingFailed{}};
}

void Recorder::record(const Observation& observation) {
  const auto* const exec = observation.as<observed::EventExec>();
  if (exec && !exec->program.no_follow.empty()) last_exec_ = exec->program;
  const auto images = tracees_.take_images();
  if (tracees_.met_another_user()) file_.close_to_others();
  for (const auto& image : images) note_image(image);
  for (const Diagnostic& remark : tracees_.take_remarks()) diagnose(remark);
  const ExecId ended = program_ended(observation);
  TraceEvent event;
  event.seq = ++outcome_.events;
  event.time_ns = now_ns();
  event.what = observation;
  items_.emplace_back(EventItem{std::move(event), {}});
  auto& item = std::get<EventItem>(items_.back());
  if (observation.status.stopped()) stopped_.stops(observation.tid, item.event.time_ns);
  const Step& step = agenda_.observe(outcome_.events, observation);
  item.event.utid = step.utid;
  item.event.exec = step.exec;
  std::copy_if(step.facts.begin(), step.facts.end(), std::back_inserter(item.births),
               [](const Fact& fact) { return fact.kind == FactKind::born; });
  for (const Fact& fact : step.facts)
    if (fact.kind == FactKind::process_ended) item.stopped_ns = stopped_.take(fact.upid);
  note_step(step);
  note_tracer(observation.tid, step);
  note_time_spent(observation);
  note_tracing(observation, step.exec, ended);
  perform_owed();
  log_.push(items_);
  if (!setup_.keep_sources) return;
  for (const auto& image : images) sources_.keep(image);
}

// The stop for a signal; nothing stops for the SIGKILL of a recorder.
Seq Recorder::shown_at(const TraceEvent& event) {
  const Action& action = std::get<Action>(event.what);
  const auto* const snapshot = action.as<act::Snapshot>();
  return snapshot && snapshot->signal == signals::kKill ? event.seq : action.cause;
}

void Recorder::perform_owed() {
  while (!agenda_.empty()) {
    TraceEvent event;
    const Action& action = std::get<Action>(event.what = agenda_.next());
    event.error = tracees_.perform(action);
    if (action.as<act::Seize>() && event.error != 0) note_not_seized(action.tid, event.error);
    event.seq = ++outcome_.events;
    event.time_ns = now_ns();
    event.utid = action.utid;
    const Seq seen_at = shown_at(event);
    if (resumes(action)) stopped_.goes_on(action.tid, process_of(action.tid), event.time_ns);
    const Step& more = agenda_.performed(event.error);
    items_.emplace_back(EventItem{std::move(event), {}});
    if (auto crash = tracees_.take_crash()) items_.emplace_back(CrashItem{seen_at, std::move(crash)});
    note_step(more);
  }
}

// One of its threads may end at any time, and a descendant is left out.
void Recorder::note_not_seized(Tid tid, int error) {
  const auto thread = machine_.threads().find(tid);
  const bool is_root = thread == machine_.threads().end() || thread->second.process->upid == Upid{1};
  if (is_root && (error != ESRCH || outcome_.seize_error == 0)) outcome_.seize_error = error;
}

void Recorder::note_stuck(const Fact& fact) {
  const std::string who = "process " + std::to_string(raw(fact.tid));
  const std::string what = ": a probe could not be taken out of its memory";
  if (!stuck_told_.insert(fact.upid).second) return;
  if (fact.signal != 0)
    diagnose("error", "int3-stuck", who + " is killed" + what, "record it with --no-coverage, or as root");
  else
    diagnose("error", "int3-stuck",
             who + " is let go" + what + " (" + ::strerror(fact.error) + "), and dies of SIGTRAP if it comes there",
             "record it with --no-coverage, or as root");
}

void Recorder::note_step(const Step& step) {
  for (const Fact& fact : step.facts) {
    if (fact.kind == FactKind::born && fact.tid != Tid{})
      outcome_.processes = std::max(outcome_.processes, raw(fact.upid));
    if (fact.kind == FactKind::execed) file_.keep();
    if (fact.kind == FactKind::not_planted)
      diagnose("data_loss", "probes-not-planted",
               "process " + std::to_string(raw(fact.tid)) +
                   ": its probes could not be written: " + why_not_planted(fact.error),
               "it is followed without coverage");
    if (fact.kind == FactKind::copied && !std::exchange(copied_text_told_, true))
      diagnose("info", "text-copied",
               "process " + std::to_string(raw(fact.tid)) +
                   " runs a copy of its own code; lines that run there only are not counted",
               "");
    if (fact.kind == FactKind::int3_stuck) note_stuck(fact);
    if (fact.kind == FactKind::trap_lost)
      diagnose("notice", "sigtrap-setting-lost",
               "process " + std::to_string(raw(fact.tid)) +
                   ": a probe reset its setting of SIGTRAP, which could not be set again: " + ::strerror(fact.error),
               "record it with --no-coverage if it depends on that");
    if (fact.kind == FactKind::unwatched)
      diagnose(
          "info", "signal-calls-unwatched",
          "process " + std::to_string(raw(fact.tid)) +
              " changes its signals so often that it is not watched any more; a probe that is hit while it blocks or "
              "ignores SIGTRAP will reset that",
          "record it with --no-coverage if it depends on that");
    if (fact.kind == FactKind::let_go) note_let_go(fact);
    if (fact.kind == FactKind::wrote)
      drop_output(output_.wrote(fact.upid, fact.fd, outcome_.events, static_cast<std::uint64_t>(fact.bytes)));
    if (fact.kind == FactKind::process_ended) drop_output(output_.ended(fact.upid, fact.status));
  }
}

void Recorder::drop_output(const std::vector<Seq>& rows) {
  for (const Seq seq : rows) items_.emplace_back(DroppedOutput{seq});
}

void Recorder::note_let_go(const Fact& fact) {
  const std::string name = "(upid " + std::to_string(raw(fact.upid)) + ")";
  if (fact.exec != ExecId{}) return note_not_followed(name);
  if (fact.parent != Upid{}) return note_made_way(fact, name);
  if (fact.signal == 0)
    return diagnose(setup_.attached ? "info" : "notice", "process-let-go",
                    "a process " + name + " was let go and runs on, untraced", "");
  diagnose("notice", "init-let-go",
           "the init of a pid namespace " + name + " was let go, to die of SIG" + ::sigabbrev_np(fact.signal) +
               ", which no traced one can; its end is not in the log",
           "");
}

// It is its own tracer's child where it asked for that itself.
void Recorder::note_made_way(const Fact& fact, const std::string& name) {
  if (fact.parent == fact.upid) return diagnose(tracing_programs_.made_way(name, "its parent"));
  const auto tracer = machine_.processes().find(fact.parent);
  const bool has_ended = tracer == machine_.processes().end();
  diagnose(tracing_programs_.made_way(
      name, has_ended ? "a program that has ended since" : tracing_programs_.name_of(tracer->second)));
}

void Recorder::note_tracer(Tid tid, const Step& step) {
  const bool traces = std::any_of(step.rules.begin(), step.rules.end(), [](Rule rule) {
    return rule == Rule::traced_is_let_go || rule == Rule::call_is_served;
  });
  if (!traces) return;
  const auto thread = machine_.threads().find(tid);
  if (thread != machine_.threads().end() && thread->second.process)
    tracing_programs_.could_trace(thread->second.process->exec);
}

void Recorder::note_time_spent(const Observation& observation) {
  const auto* const failed = observation.as<observed::RecordingFailed>();
  if (failed && failed->error == ETIME)
    diagnose(
        "data_loss", "processor-time-spent",
        "the recorder has spent nearly all the processor time that its limit allows: the program runs on, unrecorded",
        "raise the limit (ulimit -t), or record less (--no-coverage)");
}

// None while nobody has claimed it.
Upid Recorder::process_of(Tid tid) const {
  const auto thread = machine_.threads().find(tid);
  return thread != machine_.threads().end() && thread->second.process ? thread->second.process->upid : Upid{};
}

// The program of the process that this ends, while the machine still knows it.
ExecId Recorder::program_ended(const Observation& observation) const {
  const auto thread = machine_.threads().find(observation.tid);
  const bool known = thread != machine_.threads().end() && thread->second.process;
  if (!observation.status.ended() || !known || thread->second.process->pid != observation.tid) return ExecId{};
  return thread->second.process->exec;
}

void Recorder::note_tracing(const Observation& observation, ExecId begun, ExecId ended) {
  const auto* const exec = observation.as<observed::EventExec>();
  if (exec && exec->program.image != ImageId{})
    return tracing_programs_.began(begun, *images_.at(exec->program.image), observation.tid);
  if (ended == ExecId{}) return;
  if (const auto what = tracing_programs_.ended(ended, observation.tid, observation.status)) diagnose(*what);
}

void Recorder::note_not_followed(const std::string& name) {
  ++outcome_.not_followed;
  diagnose("info", "not-followed",
           last_exec_.path + " " + name + " runs untraced, and so do the programs that it starts: --no-follow " +
               last_exec_.no_follow + " names it",
           "");
}

void Recorder::note_image(const std::shared_ptr<const StoredImage>& stored) {
  items_.emplace_back(stored);
  images_[stored->id] = stored;
  const Image& image = stored->image;
  machine_.define_image(stored->table);
  if (!image.probes.empty()) ++outcome_.instrumented_images;
  if (setup_.verbose && image.reason.empty()) say(image.path + ": " + std::to_string(image.probes.size()) + " probes");
  if (!setup_.coverage) return;
  if (!image.gap.empty())
    note_untold({now_ns(), "notice", "image-incomplete", image.path + ": " + image.gap, image.gap_remedy});
  if (image.reason.empty()) return;
  const bool ours = setup_.sources.is_below_root(image.path) || is_first_by_go(image.path);  // globs are for sources
  note_untold({now_ns(), ours ? "notice" : "info", "image-not-instrumented",
               image.path + " is not instrumented: " + image.reason, image.remedy});
}

// What go test and go run build stands in a folder of its own, for a while: `/tmp/go-build123/b001/name.test`. One is told of for all.
bool Recorder::is_first_by_go(const std::string& path) {
  return path.find("/go-build") != std::string::npos && !std::exchange(told_of_go_, true);
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
  diagnose(Diagnostic{0, severity, key, message, remedy});
}

void Recorder::diagnose(Diagnostic diagnostic) {
  diagnostic.time_ns = now_ns();
  tell(diagnostic, setup_.quiet, setup_.verbose);
  items_.emplace_back(std::move(diagnostic));
}

}  // namespace recount
