#include "tracer/live_tracees.hpp"

#include <signal.h>

#include "tracer/base/clock.hpp"
#include "tracer/process/proc_status.hpp"
#include "tracer/stop/privilege.hpp"

namespace recount {
namespace {

std::optional<Launcher> launched(const LiveTracees::Setup& setup, const Waiter& waiter) {
  if (setup.process != Tid{}) return std::nullopt;
  return std::optional<Launcher>(std::in_place, setup.program, setup.argv, waiter);
}

}  // namespace

// Threads that keep processors awake spend the recorder's own time.
LiveTracees::LiveTracees(const Setup& setup, const Machine& machine, Waiter& waiter)
    : machine_(machine),
      waiter_(waiter),
      awake_(waiter.processor_time_is_limited() ? Awake::never : setup.awake),
      images_(setup.subject, setup.coverage),
      annexes_(machine, images_),
      crashes_(setup.subject, memory_),
      observer_(images_, machine, memory_, annexes_, setup.no_follow, setup.env, setup.mask_arguments,
                setup.output_limit),
      launcher_(launched(setup, waiter_)),
      attachment_(attached(setup)),
      performer_(launcher_ ? &*launcher_ : nullptr, waiter_, images_, memory_, annexes_, crashes_) {
  if (!attachment_) return;
  observer_.read_images(setup.process);
  if (!setup.tree) return;
  for (const Tid descendant : descendants_of(setup.process))
    if (!observer_.is_not_followed(descendant)) observer_.read_images(descendant);
}

std::optional<Attachment> LiveTracees::attached(const Setup& setup) const {
  if (setup.process == Tid{}) return std::nullopt;
  return std::optional<Attachment>(std::in_place, setup.process, setup.tree,
                                   [this](Tid pid) { return observer_.is_not_followed(pid); });
}

Observation LiveTracees::first() {
  if (!attachment_) return {.tid = launcher_->tid(), .what = observed::Spawned{}};
  Observation found = *attachment_->next();
  follow_memory(found);
  return found;
}

void LiveTracees::follow_memory(const Observation& observation) {
  const bool is_birth = birth_in(observation) != nullptr;
  const auto parent = is_birth ? machine_.threads().find(observation.tid) : machine_.threads().end();
  const bool is_known = parent != machine_.threads().end() && parent->second.process != nullptr;
  performer_.follow_memory(observation, is_known && !parent->second.process->memory->is_empty());
}

// Nothing is waited for while there is a thread that is not traced.
std::optional<Observation> LiveTracees::next_of_attachment() {
  if (auto found = attachment_->next()) {
    follow_memory(*found);
    return found;
  }
  for (const auto& [who, why] : attachment_->take_left_out())
    remarks_.push_back({0, "notice", "left-untraced", "process " + who + " is left untraced: " + why, ""});
  if (!machine_.is_gathered()) return std::nullopt;
  if (to_survey_.empty()) plan_survey();
  const Tid next = to_survey_.back();
  to_survey_.pop_back();
  Observation survey = observer_.survey(next);
  if (observer_.lodger() != Tid{})
    remarks_.push_back({0, "notice", "memory-shared",
                        "process " + std::to_string(raw(observer_.lodger())) + " is in the memory of process " +
                            std::to_string(raw(next)) + ": no lines of it are recorded",
                        ""});
  return survey;
}

// The leaders last, and the first process's before its descendants': after the last they go on.
void LiveTracees::plan_survey() {
  const auto& processes = machine_.processes();
  for (auto at = processes.rbegin(); at != processes.rend(); ++at)
    if (at->second.surveyed_with == at->first) to_survey_.push_back(at->second.pid);
  const std::set<Tid> leaders(to_survey_.begin(), to_survey_.end());
  for (const auto& [tid, thread] : machine_.threads())
    if (!leaders.contains(tid) && status_has_signal(tid, "SigBlk", SIGTRAP)) to_survey_.push_back(tid);
}

Observation LiveTracees::next() {
  if (machine_.run_state() == RunState::attaching)
    if (auto observation = next_of_attachment()) return *observation;
  if (const auto orphan = machine_.orphan()) {
    performer_.forget(*orphan);
    return observer_.look_at(*orphan);
  }
  const std::int64_t begin = monotonic_ns();
  const Report report = waiter_.next();
  if (report.kind == Report::Kind::task) {
    const std::int64_t end = monotonic_ns();
    awake_.waited(report.tid, end - begin, end);
  }
  Observation observation = observer_.observe(report);
  follow_memory(observation);
  if (const auto* const exec = observation.as<observed::EventExec>())
    note_privilege(observation.tid, exec->program.path);
  return observation;
}

std::shared_ptr<const Crash> LiveTracees::take_crash() {
  const auto crash = performer_.take_crash();
  if (!crash) return crash;
  auto masked = std::make_shared<Crash>(*crash);
  observer_.mask_secrets(*masked);
  return masked;
}

// Once for each program: a build may run it a thousand times.
void LiveTracees::note_privilege(Tid tid, const std::string& path) {
  const std::string withheld = withheld_privilege(tid);
  if (withheld.empty() || !told_privileges_.insert(path).second) return;
  remarks_.push_back(
      {0, "notice", "privilege-withheld",
       path + " runs " + withheld + ": the kernel withholds it from a process with an unprivileged tracer",
       "record as root, or run it outside of the recording"});
}

std::vector<Diagnostic> LiveTracees::last_remarks() {
  std::vector<Diagnostic> remarks;
  if (crashes_.left_out() != 0)
    remarks.push_back({0, "notice", "snapshots-left-out",
                       std::to_string(crashes_.left_out()) +
                           " deaths by a signal have no backtrace: those before them took all the time for backtraces",
                       ""});
  const AwakeChoice::Found& found = awake_.found();
  const auto us = [](std::int64_t ns) { return std::to_string(ns / 1000); };
  if (found.plain_ns != 0)
    remarks.push_back({0, "info", "hand-over",
                       "a wait for the next stop took " + us(found.plain_ns) + " us, and " + us(found.awake_ns) +
                           " us with processors kept awake, which was " + (found.awake ? "" : "not ") + "done",
                       ""});
  return remarks;
}

}  // namespace recount
