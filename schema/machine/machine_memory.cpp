// The machine, memory that can't be reached, or where what we have written does not leave again.
//
// A process may hide its memory (PR_SET_DUMPABLE, prctl(2)) from a tracer without CAP_SYS_PTRACE. The file by which its int3 bytes
// were written stays open, and is as good as before. But a child of fork(2) has a copy, int3 bytes included, whose file can't be opened
// any more. So it is made to show itself for a moment, at its first stop, which is an errand of three calls that take no memory:
//
//   BORN --event_stop, hidden / reveal, syscall--> revealing --6 syscall stops / reveal, reveal, restore, cont--> RUNNING
//
// Where that fails, or was not possible, an int3 that the task executes stays where it is, and would be executed again for ever. After
// a second try the process is killed.
#include "schema/machine/machine.hpp"

namespace recount {
namespace {

std::optional<Address> put_back_by(const Action& action) {
  if (const auto* const lift = action.as<act::Lift>()) return lift->at;
  if (const auto* const mend = action.as<act::Mend>()) return mend->at;
  if (const auto* const retire = action.as<act::Retire>()) return retire->at;
  return std::nullopt;
}

}  // namespace

// Where nothing of ours stands, nothing is to be reached.
void Machine::reveal(Thread& thread) {
  const Process& process = *thread.process;
  const bool is_copy = process.borrows || process.adopted;
  if (!is_copy || process.memory->is_empty() || run_ == RunState::killing) return;
  by(Rule::memory_is_revealed);
  thread.errand = Errand::revealing;
  thread.in_call = false;
  thread.revealing = Revealing::asks;
  decide(&thread, act::Reveal{thread.revealing});
}

// Where it was 2 it becomes 0: 2 can't be set, and 0 hides as well.
void Machine::revealed(Thread& thread, std::uint64_t result) {
  const bool is_hidden = thread.revealing != Revealing::asks || result == 0 || result == 2;
  thread.in_call = false;
  if (is_hidden && thread.revealing != Revealing::hides) {
    thread.revealing = thread.revealing == Revealing::asks ? Revealing::shows : Revealing::hides;
    return decide(&thread, act::Reveal{thread.revealing});
  }
  decide(&thread, act::Restore{});
  thread.errand = Errand::none;
  if (thread.process->bare_copy) plant_again(thread);
}

// The request to resume it stands behind, and is done all the same. What its memory has is what its parent's had.
void Machine::not_revealed(Thread& thread, std::int32_t error) {
  thread.errand = Errand::none;
  thread.process->bare_copy = false;
  thread.to_annex.clear();
  share_counters(thread);
  if (error == kEsrch) thread.state = ThreadState::dying;
}

void Machine::not_planted(const Thread& thread, Placed image, std::int32_t error) {
  thread.process->memory->unmap(image);
  if (error == kEsrch) return;
  Fact& fact = note(FactKind::not_planted, &thread);
  fact.exec = thread.process->exec;
  fact.error = error;
}

// If the task was killed, others may share its memory, and for them the bytes still have to be put back.
void Machine::unplanted(const Thread& thread, Placed image, std::int32_t error) {
  if (error == 0) thread.process->memory->lift_all(image);
  if (error != 0 && error != kEsrch && rules_.gives_up_int3) note(FactKind::int3_stuck, &thread).error = error;
}

// Another thread may have unmapped that page: then the task faults there, as it would untraced.
void Machine::note_put_back(const Thread& thread, const Action& action, std::int32_t error) {
  if (const auto at = put_back_by(action)) thread.process->memory->note_put_back(*at, error == 0);
}

// Whether the task has executed an int3 that left some time ago, as far as that is known, and that can't leave: it was tried twice.
bool Machine::is_stuck(const Thread& thread, const Int3& int3) const {
  const bool has_left = int3.probe ? !int3.probe->planted && !int3.probe->own_int3 : int3.watch && int3.watch->retired;
  return has_left && rules_.gives_up_int3 && thread.process->memory->is_stuck(int3.address);
}

// A SIGTRAP would not end whoever handles it, nor the init of a pid namespace.
void Machine::die_of_int3(Thread& thread) {
  by(Rule::int3_is_given_up);
  note(FactKind::int3_stuck, &thread).signal = signals::kKill;
  kill_task(thread.process->pid, signals::kKill);
  resume(thread, 0);
}

}  // namespace recount
