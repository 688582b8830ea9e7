// What a machine has decided and nobody has done yet: the owed actions, in the order in which they are due.
//
//   Agenda agenda(machine);
//   step = agenda.observe(seq, observation);
//   while (!agenda.empty()) {
//     error = perform(agenda.next());
//     step = agenda.performed(error);
//   }
//
// The duties of every driver of a machine (the recorder, the recounting, a scenario, the simulated kernel) are here:
//   1. What an observation leads to is done in the order in which the machine said it.
//   2. The result of each action goes back before the next is done. What it leads to comes behind all that is owed.
//   3. Nothing is observed while something is owed: that is an InvariantError.
#pragma once

#include <deque>

#include "schema/machine/machine.hpp"

namespace recount {

class Agenda {
 public:
  explicit Agenda(Machine& machine) : machine_(machine) {}

  const Step& observe(Seq seq, const Observation& observation);
  const Step& performed(std::int32_t error);  // of next(), which is owed no more

  bool empty() const noexcept { return owed_.empty(); }
  std::size_t size() const noexcept { return owed_.size(); }
  const Action& next() const { return owed_.front(); }

  // For a log that is not right: what stands before the action that a row most likely stands for (the same, or one of its
  // kind) is dropped, as if it had never been decided. False if nothing like it is owed.
  bool skip_to(const Action& row);
  void clear() noexcept { owed_.clear(); }

 private:
  const Step& owe(const Step& step);

  Machine& machine_;
  std::deque<Action> owed_;
};

}  // namespace recount
