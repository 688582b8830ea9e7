// The simulated kernel as a recorder meets it, and the judge beside it: the recorder's every action must be the one that the
// machine of the judge owes.
#pragma once

#include "tests/support/simulated_run.hpp"
#include "tracer/tracees.hpp"

namespace recount::simulated {

class SimulatedTracees : public Tracees {
 public:
  explicit SimulatedTracees(Run& run) : run_(run) {}

  Observation first() override;
  Observation next() override;
  int perform(const Action& action) override;
  std::vector<std::shared_ptr<const StoredImage>> take_images() override { return std::exchange(images_, {}); }
  std::shared_ptr<const Crash> take_crash() override { return nullptr; }
  std::vector<Diagnostic> take_remarks() override { return {}; }
  void read_also(const std::string&, bool) override {}
  std::vector<Diagnostic> last_remarks() override { return {}; }

 private:
  Observation told(const Observation& observation);

  Run& run_;
  std::vector<std::shared_ptr<const StoredImage>> images_;
};

}  // namespace recount::simulated
