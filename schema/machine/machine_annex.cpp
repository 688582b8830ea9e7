// The machine, annexes: memory of ours in a process, whose code sets a flag for each probe that is come to.
#include <algorithm>
#include <utility>

#include "schema/machine/machine.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kFirstError = ~std::uint64_t{4095} + 1;  // of what a system call returns

}  // namespace

void Machine::annex_program(Thread& thread) {
  const std::vector<Placed> images = std::exchange(thread.process->to_annex, {});
  thread.to_annex.insert(thread.to_annex.end(), images.begin(), images.end());
}

bool Machine::is_alone(const Process& process) const {
  return process.threads == 1 && !process.memory->is_lent() && !shares_memory(process);
}

bool Machine::shares_memory(const Process& process, Tid but_with) const {
  return std::any_of(processes_.begin(), processes_.end(), [&](const auto& entry) {
    const Process& other = entry.second;
    return &other != &process && other.pid != but_with && other.memory == process.memory;
  });
}

// A jump takes several bytes, and nobody may be within them; nor may anybody be copying the memory. Each image for itself: what one lacks
// the others may have.
void Machine::annex_next(Thread& thread) {
  const bool goes_on = recording_ && (run_ == RunState::tracing || run_ == RunState::draining);
  if (!goes_on || !is_alone(*thread.process)) return thread.to_annex.clear();
  by(Rule::flags_are_attached);
  thread.errand = Errand::annexing;
  thread.in_call = false;
  last_annex_ = AnnexId{static_cast<std::uint32_t>(last_annex_) + 1};
  const Placed image = thread.to_annex.front();
  thread.annex = last_annex_;
  decide(&thread, act::Annex{image.image, image.bias, thread.annex, thread.process->memory->is_flagged(image)});
}

// At the first stop of a fork child. Later it may be in a system call, which an errand would break off.
void Machine::annex_again(Thread& thread) {
  for (const auto& [annex, image] : thread.process->memory->annexes()) thread.to_annex.push_back(image);
}

void Machine::annexed(Thread& thread, std::uint64_t result) {
  decide(&thread, act::Restore{});
  thread.errand = Errand::none;
  const Placed image = thread.to_annex.front();
  thread.to_annex.erase(thread.to_annex.begin());
  const bool is_attached = result != 0 && result < kFirstError;  // 0: it was killed meanwhile
  if (!is_attached || !recording_) return share_counters(thread);
  AddressSpace& memory = *thread.process->memory;
  memory.annex(image, thread.annex);
  if (memory.lacks_jumps(image)) decide(&thread, act::Flag{image.image, image.bias, thread.process->exec});
  if (has_counters(image)) return;  // whose jumps stay
  trips_.begin(thread.process->upid);
  set_trip_timer();
}

bool Machine::has_counters(Placed image) const { return images_.at(image.image)->has_counters(); }

// Another task is about to run in this memory, or this one shares another's counters, since it could not attach its own.
void Machine::share_counters(const Thread& thread) {
  for (const Placed image : thread.process->memory->share_counters()) {
    by(Rule::counters_are_shared);
    decide(&thread, act::Share{image.image, image.bias});
  }
}

// By copies of a memory that could not attach their own, or did not yet.
std::set<AnnexId> Machine::shared_annexes() const {
  std::map<AnnexId, const AddressSpace*> users;
  std::set<AnnexId> shared = lent_annexes_;
  for (const auto& [upid, process] : processes_)
    for (const auto& [annex, image] : process.memory->annexes())
      if (users.emplace(annex, process.memory.get()).first->second != process.memory.get()) shared.insert(annex);
  return shared;
}

void Machine::set_trip_timer() {
  if (!rules_.takes_out_jumps) return;
  if (const std::int64_t delay = trips_.take_delay_ns()) decide(nullptr, act::SetTimer{Timer::flags, delay});
}

// Who is not alone in its memory is looked at later. Who stands still, or is about to, sees the trap when it goes on.
void Machine::trip_flags() {
  if (!recording_ || (run_ != RunState::tracing && run_ != RunState::draining)) return;
  by(Rule::useless_jumps_are_looked_for);
  const std::set<AnnexId> shared = shared_annexes();
  for (const Upid upid : trips_.ring()) {
    const auto process = processes_.find(upid);
    if (process == processes_.end() || !process->second.memory->has_annexes()) {
      trips_.forget(upid);
      continue;
    }
    const auto thread = std::find_if(threads_.begin(), threads_.end(),
                                     [&](const auto& entry) { return entry.second.process == &process->second; });
    if (!is_alone(process->second) || thread == threads_.end()) continue;
    for (const auto& [annex, image] : process->second.memory->annexes()) {
      if (shared.contains(annex) || has_counters(image)) continue;
      process->second.memory->trip(image, true);
      decide(&thread->second, act::Trip{image.image, image.bias});
    }
  }
  set_trip_timer();
}

// It may have got company since: then a jump that others may be about to take stays.
void Machine::answer_trip(Thread& thread, const observed::SignalDeliveryStop& stop) {
  by(Rule::useless_jumps_leave);
  const bool alone = is_alone(*thread.process);
  for (const Placed image : thread.process->memory->tripped_images()) {
    thread.process->memory->trip(image, false);
    if (alone) {
      thread.process->memory->unflag(image);
      decide(&thread, act::Unflag{image.image, image.bias});
    } else {
      decide(&thread, act::Untrip{image.image, image.bias});
    }
  }
  decide(&thread, act::SetPc{Address{raw(stop.pc) - rules_.arch->trap_length}});
  decide(&thread, act::Rejoin{});
  set_trap_again(thread, trap_of(thread));
  resume(thread, kept_signal(stop));
}

// The request to resume it stands behind, and is done all the same: that a system call stops then is nothing new. The others would
// fail for the same reason: the process is under seccomp(2), or has no vDSO.
void Machine::not_annexed(Thread& thread, std::int32_t error) {
  thread.errand = Errand::none;
  thread.to_annex.clear();
  share_counters(thread);
  if (error == kEsrch) thread.state = ThreadState::dying;
}

// Whether that was the whole answer. No instruction of an annex raises SIGTRAP but the int3 of a trip.
bool Machine::leave_annex(Thread& thread, const Observation& observation) {
  const auto* const stop = observation.as<observed::SignalDeliveryStop>();
  if (stop && observation.status.stop_signal() == signals::kTrap && may_be_int3(thread, stop->siginfo.code)) {
    answer_trip(thread, *stop);
    return true;
  }
  const auto* const event = observation.as<observed::EventStop>();
  if (event && event->int3_pending) return false;  // it is told of a trip next
  by(Rule::task_leaves_annex);
  decide(&thread, act::Rejoin{});
  return false;
}

// The program has copied its text. In the copy a jump to where a flag is set leads to where nothing is: no fault of the program's.
void Machine::answer_copied_jump(Thread& thread, ProbeId probe) {
  by(Rule::copied_text);
  note(FactKind::copied, &thread).probe = probe;
  decide(&thread, act::Rejoin{});
  resume(thread, 0);
}

void Machine::note_flags(const Thread& thread, const std::vector<Flagged>& flagged) {
  for (const Flagged& probe : flagged) {
    Fact& hit = note(FactKind::hit, &thread);
    hit.probe = probe.probe;
    hit.exec = probe.exec;
    hit.is_late = true;
  }
}

}  // namespace recount
