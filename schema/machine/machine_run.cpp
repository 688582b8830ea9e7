// The machine, the run as a whole: timers, signals to the recorder, killing everything, letting everything go.

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "schema/machine/machine.hpp"

namespace recount {

namespace {

constexpr int kEtime = 62;

bool asks_to_end(int signal) {
  constexpr std::array kRequests{signals::kHup, signals::kInt, signals::kQuit, signals::kTerm};
  return std::find(kRequests.begin(), kRequests.end(), signal) != kRequests.end();
}

}  // namespace

void Machine::time_is_up() {
  const bool only_root = run_ == RunState::letting_go && processes_.contains(root_);
  if (attached_) return leave();
  if (run_ == RunState::ended || (run_ == RunState::letting_go && !only_root)) return;  // there is nothing left to kill
  by(Rule::time_is_up);
  timed_out_ = true;
  only_root ? kill_task(root_pid_, signals::kKill) : kill_all();
}

void Machine::happened(const Observation&, const observed::TimerRang& rang) {
  switch (rang.timer) {
    case Timer::timeout: return time_is_up();
    case Timer::orphans:
      if (run_ == RunState::draining)
        let_all_go();
      else if (run_ == RunState::letting_go)
        give_up_silent_leaders();
      return;
    case Timer::claim: return claim_timer_rang();
    case Timer::stop: return stop_timer();
    case Timer::attach: run_ == RunState::attaching ? leave() : wait_no_longer(); return;
    case Timer::flags: return trip_flags();
  }
  throw InvariantError("a timer that was never set");
}

// A signal from the terminal, or from the program to its whole process group, has reached the program without our help.
// What somebody sent to the recorder alone was meant for the run: it is passed on, and the second SIGTERM ends it. timeout(1) sends each
// of its signals twice, to the recorder and to the group of both: it asks once. While
// it is let go, numbers may be of processes that went on, ended, and are not ours any more: nobody is killed by number, but
// PTRACE_O_EXITKILL ends those who are still traced.
void Machine::happened(const Observation&, const observed::RecorderSignal& signal) {
  const SigInfo& info = signal.siginfo;
  if (attached_) return asked_to_leave(signal);
  if (info.signo == signals::kTstp || info.signo == signals::kTtin || info.signo == signals::kTtou)
    return asked_to_stop(info);
  if (info.signo == signals::kCont) return asked_to_continue(info);
  const bool from_terminal = info.code == kSiKernel && info.pid == 0;
  const bool from_a_tracee = threads_.contains(Tid{info.pid});
  if (from_a_tracee) return by(Rule::request_is_the_programs);
  if (run_ == RunState::draining && asks_to_end(info.signo)) return let_all_go();
  if (from_terminal) return by(Rule::request_is_the_programs);
  if (signal.repeated) return by(Rule::request_is_repeated);
  if (info.signo == signals::kTerm && terminated_) {
    by(Rule::second_request_kills);
    if (run_ != RunState::letting_go) return kill_all();
    return processes_.contains(root_) ? kill_task(root_pid_, signals::kKill) : lost_all();
  }
  terminated_ = terminated_ || info.signo == signals::kTerm;
  by(Rule::request_is_passed_on);
  if (processes_.contains(root_)) kill_task(root_pid_, info.signo);  // else the number may be somebody else's by now
}

// The process is somebody else's: what is sent to the recorder is meant for the recorder. The second SIGTERM does not wait for
// those that do not stop.
void Machine::asked_to_leave(const observed::RecorderSignal& signal) {
  const SigInfo& info = signal.siginfo;
  if (threads_.contains(Tid{info.pid})) return by(Rule::request_is_the_programs);
  if (signal.repeated) return by(Rule::request_is_repeated);
  if (!asks_to_end(info.signo)) return;
  const bool is_second = terminated_ && info.signo == signals::kTerm && run_ == RunState::letting_go;
  terminated_ = terminated_ || info.signo == signals::kTerm;
  if (!is_second) return leave();
  by(Rule::second_request_kills);
  lost_all();
}

void Machine::leave() {
  const bool traces = run_ == RunState::attaching || run_ == RunState::tracing || run_ == RunState::draining;
  if (!traces) return;
  by(Rule::attachment_ends);
  let_all_go();
}

void Machine::kill_all() {
  run_ = RunState::killing;
  if (rules_.looks_at_the_killed) look_at_the_killed();
  for (const auto& [upid, process] : processes_) kill_task(process.pid, signals::kKill);
  for (const Tid tid : held_.living()) kill_task(tid, signals::kKill);
}

// Where each stands says what the run was waiting for. The newest come first: the time for it is short, and what hangs has no child.
void Machine::look_at_the_killed() {
  std::map<Upid, Thread*> shown;  // of each process, its leader if that can stop
  for (auto& [tid, thread] : threads_) {
    const bool stops = thread.state == ThreadState::running || thread.state == ThreadState::listening;
    if (!stops || !thread.process) continue;
    thread.interrupted = true;
    decide(&thread, act::Interrupt{});
    Thread*& first = shown[thread.process->upid];
    if (!first || thread.process->pid == tid) first = &thread;
  }
  if (!shown.empty()) by(Rule::killed_are_looked_at);
  for (auto at = shown.rbegin(); at != shown.rend(); ++at) decide(at->second, act::Snapshot{signals::kKill});
}

void Machine::kill_task(Tid tid, int signal) {
  decide(nullptr, act::Kill{signal});
  step_.actions.back().tid = tid;
}

// Nobody may be detached while an int3 of ours is in its memory, and a stop is needed to detach: each running task is
// interrupted, and the answer to its next stop, whatever it is, takes the probes out of its memory and lets it go.
void Machine::let_all_go() {
  by(Rule::orphans_are_let_go);
  run_ = RunState::letting_go;
  for (const auto& [tid, thread] : threads_)
    if (thread.state == ThreadState::running || thread.state == ThreadState::listening)
      decide(&thread, act::Interrupt{});
  for (auto& [tid, thread] : threads_) {
    thread.makes_way = {};
    thread.held_by = {};
    thread.waits_for = {};
  }
  go_on_all();
  set_timer(Timer::orphans);
}

// A leader that has ended before its threads reports nothing while they go on, and can not be told from one that is about
// to stop: PTRACE_INTERRUPT succeeds, PTRACE_DETACH would not. When the others have been let go, it is, too; the end of the
// recorder does not kill them for its sake (Linux 6.18). Nor does a leader report whose number was taken by the exec of a
// thread that was let go.
void Machine::give_up_silent_leaders() {
  std::vector<Tid> silent;
  for (const auto& [tid, thread] : threads_) {
    const Process* const process = thread.process;
    const bool last = process && process->pid == tid && process->parted && process->threads == 1 &&
                      thread.state != ThreadState::left_alone;
    if (last && !thread.vfork_parent) silent.push_back(tid);
  }
  if (!silent.empty()) by(Rule::silent_leader_is_given_up);
  for (const Tid tid : silent) detached(threads_.at(tid));
  if (!silent.empty() && threads_.empty()) return end();  // their zombies keep wait4 from saying so
  set_timer(Timer::orphans);
}

// A fork child that is not known yet has copies of the bytes: AddressSpace::copy.
void Machine::bare_memory(const Thread& thread) {
  if (thread.process->tracer != Upid{}) {
    thread.process->memory->lend(thread.process->pid);
    for (const auto& [annex, image] : thread.process->memory->annexes()) lent_annexes_.insert(annex);
  }
  if (!thread.process->memory->planted_images().empty()) by(Rule::memory_is_bared);
  for (const Placed image : thread.process->memory->tripped_images()) {
    thread.process->memory->trip(image, false);
    decide(&thread, act::Untrip{image.image, image.bias});
  }
  for (const auto& [image, bias] : thread.process->memory->planted_images()) {
    decide(&thread, act::Unplant{image, bias});
  }
}

// Probes cost stops, and stops that cannot be recorded are for nothing: the next answer to any task of a memory takes its
// probes out. Not now, while they run: one of them may be in another program already, and its exec event on its way.
//
// Who has hardly any processor time left can answer no more stops either: all are let go, the root as well. So is a process that
// was attached to.
void Machine::happened(const Observation&, const observed::RecordingFailed& failed) {
  by(Rule::recording_has_failed);
  recording_ = false;
  if (attached_) return leave();
  const bool traces = run_ == RunState::tracing || run_ == RunState::draining;
  if (failed.error == kEtime && traces) let_all_go();
}

void Machine::happened(const Observation&, const observed::Echild&) { lost_all(); }

}  // namespace recount
