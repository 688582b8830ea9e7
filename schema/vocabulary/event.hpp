// What goes into the machine and what comes out of it.
//
//   Observation  in:   one thing that happened, with all that was gathered at that moment by a fixed rule per kind
//   Action       out:  one thing to do now; its result (0 or an errno) goes back in
//   Fact         out:  what the observation means for the history of the run
//
// An Observation or an Action is one row of trace_event (schema/trace.sql says which column holds which member). Facts
// are not stored: whoever steps the machine over the same rows gets the same facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/vocabulary/action.hpp"
#include "schema/vocabulary/event_kind.hpp"
#include "schema/vocabulary/ids.hpp"
#include "schema/vocabulary/observation.hpp"
#include "schema/vocabulary/wait_status.hpp"

namespace recount {

enum class FactKind : std::uint8_t {
  born,           // utid in upid, tid; parent, origin
  execed,         // upid began exec
  hit,            // utid in upid, under exec: the lines that probe tells of have begun; with line_at only the one there
  signal,         // signal is delivered to utid
  thread_ended,   // utid, status
  process_ended,  // upid, status; origin: what the recorder killed it for, if it did: timer, recorder_signal
  let_go,         // upid runs on, untraced; exec: the program for whose sake, if --no-follow names it; signal: the one
                  // that it is about to die of, if that is why
  not_planted,    // the probes of exec's image could not be written: error
  copied,         // utid in upid runs a copy of its text, and met a copy of probe in it
  wrote,          // utid in upid, under exec: wrote `bytes` to descriptor fd, 1 or 2
  way_taken,      // utid in upid, under exec: a conditional jump, where watch stands, leads that way, which is new in
                  // this memory
  unwatched,      // upid calls a watched function so often that it is not watched any more
  int3_stuck,  // upid: an int3 of ours can't be taken out of its memory. signal: so it is killed; 0: it is let go, error
  trap_lost,   // what upid does about SIGTRAP could not be set again after an int3 of ours: error
};

struct Fact {
  FactKind kind{};
  Utid utid{};
  Upid upid{};
  Tid tid{};
  Upid parent{};       // born: 0 if nobody knows; let_go: who traces it from now on (Process::tracer), 0: nobody
  EventKind origin{};  // born: spawned, attached, event_fork, event_vfork, event_clone; timer if nobody knows
  ExecId exec{};
  ProbeId probe{};
  std::optional<ImageAddress> line_at{};
  bool is_late = false;  // hit: at some time before
  WaitStatus status{};
  std::int32_t signal = 0;
  std::int32_t error = 0;
  std::int32_t fd = 0;
  std::int64_t bytes = 0;
  WatchId watch{};
  Way way{};
};

// One row of the log.
struct TraceEvent {
  Seq seq = 0;
  std::int64_t time_ns = 0;  // CLOCK_MONOTONIC since the recording's start
  Utid utid{};               // the machine's name for the task
  ExecId exec{};             // event_exec, surveyed: the new one
  std::variant<Observation, Action> what{};
  std::int32_t error = 0;  // of an action: 0 or an errno
  EventKind unknown{};     // a kind that this program does not know: then it is neither
  bool has_more = false;   // the row has a number in a column that its kind does not use

  EventKind kind() const noexcept {
    if (unknown != EventKind{}) return unknown;
    return std::visit([](const auto& one) { return one.kind(); }, what);
  }
  // Null if it is none.
  const Observation* observation() const noexcept {
    return unknown == EventKind{} ? std::get_if<Observation>(&what) : nullptr;
  }
  const Action* action() const noexcept { return std::get_if<Action>(&what); }
  template <typename Kind>
  const Kind* as() const noexcept {
    if constexpr (std::is_constructible_v<act::Any, Kind>)
      return action() ? action()->as<Kind>() : nullptr;
    else
      return observation() ? observation()->as<Kind>() : nullptr;
  }
  Tid tid() const noexcept {
    return std::visit([](const auto& one) { return one.tid; }, what);
  }
};

}  // namespace recount
