#include "schema/machine/agenda.hpp"

#include <algorithm>

namespace recount {

const Step& Agenda::observe(Seq seq, const Observation& observation) {
  if (!owed_.empty()) throw InvariantError("something happens while an answer is owed");
  return owe(machine_.observe(seq, observation));
}

const Step& Agenda::performed(std::int32_t error) {
  const Action done = owed_.front();
  owed_.pop_front();
  return owe(machine_.performed(done, error));
}

bool Agenda::skip_to(const Action& row) {
  auto found = std::find(owed_.begin(), owed_.end(), row);
  if (found == owed_.end())
    found = std::find_if(owed_.begin(), owed_.end(),
                         [&](const Action& action) { return action.what.index() == row.what.index(); });
  if (found == owed_.end()) return false;
  owed_.erase(owed_.begin(), found);
  return true;
}

const Step& Agenda::owe(const Step& step) {
  owed_.insert(owed_.end(), step.actions.begin(), step.actions.end());
  return step;
}

}  // namespace recount
