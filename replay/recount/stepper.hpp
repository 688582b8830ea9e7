// The recounting, step by step: an observation at a time, with what the machine knew, what it
// decided and by which rule, and what the log has beneath it.
//
//   Stepper(log).run({wanted}, [](const StepView& step, const Machine& after) { ...; return Move{next}; });
//
// Forward costs what lies between; back begins again at the first event, as verify does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/recount/recount.hpp"

namespace recount {

// One step: an observation and all that answers it.
struct StepView {
  Seq seq = 0;
  TraceEvent observation;
  std::optional<Thread> thread;           // of the observation's task, as the machine knew it before
  std::optional<Upid> upid;               // its process, likewise
  std::uint64_t planted = 0, lifted = 0;  // probes in its memory, likewise
  RunState run = RunState::idle;          // likewise
  std::vector<Action> decided;
  std::vector<Rule> rules;
  std::vector<Fact> facts;
  std::vector<TraceEvent> done;          // the actions that the log has
  std::optional<Divergence> divergence;  // the first of the run, if it is here

  bool has_error() const;  // an action failed
};

class Stepper {
 public:
  using Wanted = std::function<bool(const StepView&)>;

  explicit Stepper(const LogFile& log) : log_(log) {}
  // Where to go from a step: to the next one that is wanted, counted from there or from the first event.
  struct Move {
    Wanted wanted;
    bool from_the_start = false;
  };
  using Told = std::function<std::optional<Move>(const StepView&, const Machine& after)>;  // none: that is all
  // False if the log ended before the last move came to a step.
  bool run(Move move, const Told& told);

 private:
  const LogFile& log_;
};

}  // namespace recount
