// The simulated kernel as a recorder meets it, and the judge beside it: the recorder's every action must be the one that the
// machine of the judge owes. That the storage failed the recorder tells itself; the judge hears it before what comes next.
#pragma once

#include <functional>

#include "tests/support/simulated_run.hpp"
#include "tracer/recorder.hpp"

namespace recount::simulated {

class SimulatedTracees : public Tracees {
 public:
  explicit SimulatedTracees(Run& run) : run_(run) {}
  void are_met_by(const Recorder& recorder, std::function<void()> before_next) {
    recorder_ = &recorder;
    before_next_ = std::move(before_next);
  }
  bool has_heard_of_failure() const { return has_heard_; }

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
  void hear_of_failure();

  Run& run_;
  const Recorder* recorder_ = nullptr;
  std::function<void()> before_next_;
  bool has_heard_ = false;
  std::vector<std::shared_ptr<const StoredImage>> images_;
};

}  // namespace recount::simulated
