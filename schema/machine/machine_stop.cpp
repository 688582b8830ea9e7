// The machine, job control of the recording itself: who stops when Ctrl-Z is typed, and who goes on at `fg`.
//
// The shell's child is the recorder, and the shell takes the terminal back when that one stops. Both are in one process
// group, so the terminal's SIGTSTP reaches both. Were the recorder to stop at once, a program that handles SIGTSTP (to tidy
// up the terminal, and then stop itself) would be told of it after the `fg` only. So it waits until the root has stopped,
// and a moment longer, for the others in the group; if the root does not stop, nor does the recorder:
//
//   recorder_signal SIGTSTP --> asked --root's group_stop--> timer stop --> suspend: the recorder stops itself, by the same signal
//   recorder_signal SIGCONT --> is the root still stopped when the timer runs out? then only the recorder was continued, and
//                               the signal is passed on
//
// A root that stops itself (a shell's `suspend`, an editor's Ctrl-Z) is waited for by that shell as well. But whoever is to
// continue it may be a tracee, and needs the recorder, as does an untraced process of the run that nobody sees. So the recorder stops
// with it when all tasks of the run have come to rest, and none of them runs on unseen. A stop that came from outside of the
// run is none of its business: who sent it continues the program, and not the recorder.
#include <algorithm>
#include <array>
#include <utility>

#include "schema/machine/machine.hpp"

namespace recount {

void Machine::asked_to_stop(const SigInfo& info) {
  by(Rule::stop_is_shared);
  if (run_ == RunState::draining) decide(nullptr, act::Suspend{info.signo});  // there is no root to wait for
  if (run_ != RunState::tracing) return;
  job_control_.ask_to_stop(info.signo);
  const bool from_group = info.code == kSiKernel || threads_.contains(Tid{info.pid});
  if (!from_group) kill_task(root_pid_, info.signo);
  mind_root_stop();
}

void Machine::asked_to_continue(const SigInfo& info) {
  by(Rule::stop_is_shared);
  job_control_.forget_stop();
  if (run_ != RunState::tracing || threads_.contains(Tid{info.pid})) return;
  job_control_.ask_to_continue();
  mind_root_stop();
}

// At the request, at each change of the root's leader, and of any task while the root has stopped itself.
void Machine::mind_root_stop() {
  if (!root_is(ThreadState::listening)) job_control_.continue_asked = false;
  const bool stops_itself = job_control_.own_stop != 0 && run_ == RunState::tracing && run_rests();
  if (stops_itself || job_control_.is_open(root_has_stopped())) set_timer(Timer::stop);
}

void Machine::note_stop_signal(const Thread& thread, const Delivery& delivery) {
  constexpr std::array kStops{signals::kStop, signals::kTstp, signals::kTtin, signals::kTtou};
  const bool stops = std::find(kStops.begin(), kStops.end(), delivery.signal) != kStops.end();
  if (!stops || thread.process->upid != root_ || !rules_.shares_own_stops || attached_) return;
  job_control_.own_stop = threads_.contains(Tid{delivery.stop.siginfo.pid}) ? delivery.signal : 0;
}

bool Machine::run_rests() const {
  return !unseen_ && root_is(ThreadState::listening) &&
         std::all_of(threads_.begin(), threads_.end(),
                     [](const auto& entry) { return entry.second.state == ThreadState::listening; });
}

bool Machine::root_is(ThreadState state) const {
  const auto root = threads_.find(root_pid_);
  return root != threads_.end() && root->second.state == state;
}

// The stops of a root that is not followed are not reported: that it does what it is asked to is as good a guess as any.
bool Machine::root_has_stopped() const { return root_is(ThreadState::listening) || root_is(ThreadState::left_alone); }

void Machine::stop_timer() {
  by(Rule::stop_is_shared);
  if (run_ != RunState::tracing || !root_has_stopped()) return;
  const JobControl asked = std::exchange(job_control_, {});
  if (asked.continue_asked) kill_task(root_pid_, signals::kCont);
  if (asked.stop_asked != 0) return decide(nullptr, act::Suspend{asked.stop_asked});
  if (asked.own_stop == 0 || asked.continue_asked) return;
  if (run_rests())
    decide(nullptr, act::Suspend{asked.own_stop});
  else
    job_control_.own_stop = asked.own_stop;
}

}  // namespace recount
