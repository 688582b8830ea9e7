#include "replay/recount/stepper.hpp"

#include <algorithm>
#include <utility>

namespace recount {
namespace {

// Gathers the rows of a step; it is complete when the next observation comes.
class Gatherer : public Visitor {
 public:
  Gatherer(Stepper::Wanted wanted, const Stepper::Told& told) : wanted_(std::move(wanted)), told_(told) {}
  void follow(const Recount& recount) { recount_ = &recount; }

  void before(const TraceEvent& event) override {
    if (is_action(event.kind())) return;
    complete();
    begin(event);
  }
  void decided(const Step& step) override {
    step_.decided.insert(step_.decided.end(), step.actions.begin(), step.actions.end());
    step_.rules.insert(step_.rules.end(), step.rules.begin(), step.rules.end());
  }
  void row(const TraceEvent& event, const std::vector<Fact>& facts) override {
    if (is_action(event.kind())) step_.done.push_back(event);
    step_.facts.insert(step_.facts.end(), facts.begin(), facts.end());
    note_divergence();
  }
  void run_ended() override {
    note_divergence();
    complete();
    diverged_ = false;
  }
  bool has_enough() const override { return enough_; }
  bool wants_restart() const { return restart_; }
  bool is_satisfied() const { return satisfied_; }
  Stepper::Wanted take_wanted() { return std::move(wanted_); }

 private:
  void begin(const TraceEvent& event) {
    step_ = StepView{};
    step_.seq = event.seq;
    step_.observation = event;
    has_step_ = !enough_;
    const Machine& machine = recount_->machine();
    step_.run = machine.run_state();
    const auto thread = machine.threads().find(event.tid());
    if (thread == machine.threads().end()) return;
    step_.thread = thread->second;
    const Process* const process = thread->second.process;
    step_.thread->process = nullptr;  // it may be gone by then
    if (!process) return;
    step_.upid = process->upid;
    step_.planted = process->memory->planted();
    step_.lifted = process->memory->lifted();
  }
  void note_divergence() {
    if (diverged_ || !recount_->divergence()) return;
    diverged_ = true;
    step_.divergence = recount_->divergence();
  }
  void complete() {
    if (!std::exchange(has_step_, false) || enough_ || !wanted_(step_)) return;
    auto move = told_(step_, recount_->machine());
    satisfied_ = !move;
    enough_ = !move || move->from_the_start;
    restart_ = move && move->from_the_start;
    if (move) wanted_ = std::move(move->wanted);
  }

  Stepper::Wanted wanted_;
  const Stepper::Told& told_;
  const Recount* recount_ = nullptr;
  StepView step_;
  bool has_step_ = false, diverged_ = false, enough_ = false, restart_ = false, satisfied_ = false;
};

}  // namespace

bool StepView::has_error() const {
  return std::any_of(done.begin(), done.end(), [](const TraceEvent& row) { return row.error != 0; });
}

bool Stepper::run(Move move, const Told& told) {
  while (true) {
    Gatherer gatherer(std::move(move.wanted), told);
    Recount recount(log_);
    gatherer.follow(recount);
    recount.run(&gatherer);
    if (!gatherer.wants_restart()) return gatherer.is_satisfied();
    move.wanted = gatherer.take_wanted();
  }
}

}  // namespace recount
