#include "tracer/live_tracees.hpp"

#include "tracer/base/clock.hpp"
#include "tracer/stop/privilege.hpp"

namespace recount {

// Threads that keep processors awake spend the recorder's own time.
LiveTracees::LiveTracees(const Setup& setup, const Machine& machine, Waiter& waiter)
    : waiter_(waiter),
      awake_(waiter.processor_time_is_limited() ? Awake::never : setup.awake),
      images_(setup.subject, setup.coverage),
      crashes_(setup.subject),
      observer_(images_, machine, memory_, setup.no_follow, setup.env, setup.mask_arguments, setup.output_limit),
      launcher_(setup.program, setup.argv, waiter_),
      performer_(setup.rules, launcher_, waiter_, images_, memory_, crashes_) {}

Observation LiveTracees::first() { return {.tid = launcher_.tid(), .what = observed::Spawned{}}; }

Observation LiveTracees::next() {
  const std::int64_t begin = monotonic_ns();
  const Report report = waiter_.next();
  if (report.kind == Report::Kind::task) {
    const std::int64_t end = monotonic_ns();
    awake_.waited(report.tid, end - begin, end);
  }
  Observation observation = observer_.observe(report);
  performer_.forget_memory(observation);
  if (const auto* const exec = observation.as<observed::EventExec>())
    note_privilege(observation.tid, exec->program.path);
  return observation;
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
