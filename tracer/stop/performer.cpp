#include "tracer/stop/performer.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "tracer/base/x86_64.hpp"
#include "tracer/code/displaced_instruction.hpp"
#include "tracer/image/flag_plan.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"
#include "tracer/process/ptrace_request.hpp"
#include "tracer/stop/call_reader.hpp"
#include "tracer/stop/continue_watch.hpp"
#include "tracer/stop/served_call.hpp"

namespace recount {
namespace {

// The kernel's mask, one bit a signal: 8 bytes (PTRACE_GETSIGMASK, ptrace(2)).
int block_trap(Tid tid) {
  std::uint64_t mask = 0;
  if (const int error = ptrace_request(PTRACE_GETSIGMASK, tid, sizeof mask, &mask)) return error;
  mask |= std::uint64_t{1} << (SIGTRAP - 1);
  return ptrace_request(PTRACE_SETSIGMASK, tid, sizeof mask, &mask);
}

// ERESTARTNOHAND in the place of the EINTR that is there: the kernel makes the call again, or, if a handler is to run first,
// puts EINTR there (handle_signal and arch_do_signal_or_restart, arch/x86/kernel/signal.c, Linux 6.18).
int restart_call(Tid tid) {
  constexpr long kErestartNoHand = 514;
  return ptrace_request(PTRACE_POKEUSER, tid, arch::kResult, -kErestartNoHand);
}

unsigned long word(int signal) { return static_cast<unsigned long>(signal); }

// Unlike /proc/PID/mem, these calls keep to the protection of pages (process_vm_readv(2)): what would be a fault is an error. Of a process
// that hides its memory they say EPERM. Then the open file is used, for the page that the stack pointer is in: that is no guard's.
TaskMemory memory_as_seen_by(Tid tid, std::uint64_t stack_pointer, ProcessMemory& memory) {
  constexpr std::uint64_t kPage = 4096;
  const auto is_on_stack = [=](std::uint64_t address, std::size_t size) {
    return address / kPage == stack_pointer / kPage && (address + size - 1) / kPage == stack_pointer / kPage;
  };
  const auto piece = [](const void* bytes, std::size_t size) { return iovec{const_cast<void*>(bytes), size}; };
  const auto result = [](ssize_t done, std::size_t size) {
    return done < 0 ? errno : static_cast<std::size_t>(done) == size ? 0 : EFAULT;
  };
  return {[=, &memory](std::uint64_t address, std::span<std::uint8_t> bytes) {
            const iovec here = piece(bytes.data(), bytes.size());
            const iovec there = piece(reinterpret_cast<const void*>(address), bytes.size());
            const int error = result(::process_vm_readv(raw(tid), &here, 1, &there, 1, 0), bytes.size());
            const bool is_hidden = error == EPERM && is_on_stack(address, bytes.size());
            return is_hidden ? memory.read(tid, Address{address}, bytes) : error;
          },
          [=, &memory](std::uint64_t address, std::span<const std::uint8_t> bytes) {
            const iovec here = piece(bytes.data(), bytes.size());
            const iovec there = piece(reinterpret_cast<const void*>(address), bytes.size());
            const int error = result(::process_vm_writev(raw(tid), &here, 1, &there, 1, 0), bytes.size());
            const bool is_hidden = error == EPERM && is_on_stack(address, bytes.size());
            return is_hidden ? memory.write(tid, Address{address}, bytes) : error;
          }};
}

ProbeBytes without(const ProbeBytes& all, const std::vector<bool>& seen) {
  ProbeBytes rest;
  for (std::size_t i = 0; i < all.addresses.size(); ++i) {
    if (i < seen.size() && seen[i]) continue;
    rest.addresses.push_back(all.addresses[i]);
    rest.originals.push_back(all.originals[i]);
  }
  return rest;
}

}  // namespace

int Performer::perform(const Action& action) {
  return std::visit([&](const auto& what) { return perform(action.tid, what); }, action.what);
}

// EPERM is also said of a thread that has ended and is still there (ptrace_attach, kernel/ptrace.c, Linux 6.18).
int Performer::perform(Tid tid, const act::Seize& seize) {
  const int error = ptrace_request(PTRACE_SEIZE, tid, 0, seize.options);
  return error == EPERM && has_ended(tid) ? ESRCH : error;
}
int Performer::perform(Tid, const act::Start&) { return launcher_->go(); }
int Performer::perform(Tid tid, const act::Cont& cont) {
  return ptrace_request(PTRACE_CONT, tid, 0, word(cont.signal));
}
int Performer::perform(Tid tid, const act::Syscall& call) {
  return ptrace_request(PTRACE_SYSCALL, tid, 0, word(call.signal));
}
int Performer::perform(Tid tid, const act::Detach& detach) {
  const int error = ptrace_request(PTRACE_DETACH, tid, 0, word(detach.signal));
  if (error == 0) forget(tid);
  return error;
}
int Performer::perform(Tid tid, const act::Listen&) { return ptrace_request(PTRACE_LISTEN, tid, 0, 0); }
int Performer::perform(Tid tid, const act::Interrupt&) { return ptrace_request(PTRACE_INTERRUPT, tid, 0, 0); }
int Performer::perform(Tid tid, const act::Kill& kill) { return ::kill(raw(tid), kill.signal) == 0 ? 0 : errno; }
int Performer::perform(Tid tid, const act::Block&) { return block_trap(tid); }
int Performer::perform(Tid tid, const act::Restore&) { return injection_.restore(tid); }
int Performer::perform(Tid tid, const act::Restart&) { return restart_call(tid); }
int Performer::perform(Tid, const act::Suspend& suspend) {
  const ContinueWatch watch(launcher_->tid());
  return waiter_.suspend(suspend.signal);
}
int Performer::perform(Tid, const act::End&) { return 0; }
int Performer::perform(Tid tid, const act::Snapshot& of) {
  crash_ = crashes_.read(tid, of.signal);
  return 0;
}

int Performer::perform(Tid tid, const act::Inject& inject) {
  return inject.handler == 0 ? injection_.read(tid) : injection_.write(tid, inject.handler, inject.flags);
}

int Performer::perform(Tid tid, const act::SetPc& set) {
  return ptrace_request(PTRACE_POKEUSER, tid, arch::kPc, raw(set.pc));
}

int Performer::perform(Tid tid, const act::Lift& lift) {
  return memory_.write_byte(tid, lift.at, images_.original(lift.probe));
}
int Performer::perform(Tid tid, const act::Mend& mend) {
  return memory_.write_byte(tid, mend.at, images_.original(mend.probe));
}
int Performer::perform(Tid tid, const act::Retire& retire) {
  return memory_.write_byte(tid, retire.at, images_.watch(retire.watch).original());
}

int Performer::perform(Tid tid, const act::Arm& arm) { return memory_.write_byte(tid, arm.at, arch::kInt3); }

int Performer::perform(Tid, const act::SetTimer& set) {
  waiter_.set_timer(set.timer, set.duration_ns);
  return 0;
}

// All or nothing: the machine takes an int3 for the program's own where it was told that planting failed.
int Performer::perform(Tid tid, const act::Plant& plant) {
  const StoredImage& image = images_.at(plant.image);
  for (const ImageDetour& detour : image.image.detours)
    if (const int error = lay(tid, detour, plant.bias)) return error;
  ProbeBytes unseen;
  if (plant.seen) unseen = without(image.bytes, *plant.seen);
  const ProbeBytes& probes = plant.seen ? unseen : image.bytes;
  const auto put = [&](const ProbeBytes& bytes) {
    return plant.again ? memory_.plant_again(tid, bytes, plant.bias) : memory_.plant(tid, bytes, plant.bias);
  };
  if (const int error = put(probes)) return error;
  const int error = put(image.watch_bytes);
  if (error != 0 && error != ESRCH) memory_.unplant(tid, probes, plant.bias);
  return error;
}

// Nobody runs there yet: it is planted at an exec, or at the loader's stop. A fork child has what its parent had. It stays for good:
// without the int3 it does what the instruction did.
int Performer::lay(Tid tid, const ImageDetour& detour, LoadBias bias) {
  std::vector<std::uint8_t> there(detour.original.size());
  if (const int error = memory_.read(tid, detour.from + bias, there)) return error;
  if (there == detour.jump) return 0;
  if (there != detour.original) return EILSEQ;
  if (const int error = memory_.write(tid, detour.to + bias, detour.code)) return error;
  return memory_.write(tid, detour.from + bias, detour.jump);
}

int Performer::perform(Tid tid, const act::Unplant& unplant) {
  const StoredImage& image = images_.at(unplant.image);
  const int error = memory_.unplant(tid, image.bytes, unplant.bias);
  return error != 0 ? error : memory_.unplant(tid, image.watch_bytes, unplant.bias);
}

int Performer::perform(Tid tid, const act::Pass& pass) {
  const ImageWatch& watch = images_.watch(pass.watch);
  const bool is_detoured = watch.detoured != ImageAddress{};
  const Address from = is_detoured ? watch.detoured + (pass.at - watch.watch.address) : pass.at;
  const int error = do_in_task(tid, watch.instructions, from);
  return error == 0 ? 0 : leave_it_to(tid, pass.at, watch.original(), error);
}

int Performer::perform(Tid tid, const act::Emulate& emulate) {
  const int error = do_in_task(tid, images_.instruction(emulate.probe), emulate.at);
  return error == 0 ? 0 : leave_it_to(tid, emulate.at, images_.original(emulate.probe), error);
}

// What the task itself would fault for: it stands before the instruction again, if not before a later one, and the int3 is gone.
int Performer::leave_it_to(Tid tid, Address at, std::uint8_t original, int error) {
  if (error == ESRCH) return error;
  const int not_written = memory_.write_byte(tid, at, original);
  const bool has_moved = raw(pc_of(tid)) != raw(at) + 1;
  const int not_there = has_moved ? 0 : ptrace_request(PTRACE_POKEUSER, tid, arch::kPc, raw(at));
  return not_written != 0 ? not_written : not_there != 0 ? not_there : error;
}

// As if they stood at `at`, one behind the other. After an error the task stands there at the one that it is of, if others were done.
int Performer::do_in_task(Tid tid, std::span<const std::uint8_t> instructions, Address at) {
  arch::Registers registers{};
  if (const int error = ptrace_request(PTRACE_GETREGS, tid, 0, &registers)) return error;
  std::uint64_t done = 0, next = 0;  // bytes of them
  do {
    done = next;
    arch::set_pc(registers, raw(at) + done + 1);  // as past an int3
    const TaskMemory memory = memory_as_seen_by(tid, arch::stack_pointer(registers), memory_);
    if (const int error = do_instruction(instructions.subspan(done), registers, memory)) {
      arch::set_pc(registers, raw(at) + done);
      if (done != 0) ptrace_request(PTRACE_SETREGS, tid, 0, &registers);
      return error;
    }
    next = arch::pc(registers) - raw(at);
  } while (next > done && next < instructions.size());  // else they lead elsewhere, or back
  return ptrace_request(PTRACE_SETREGS, tid, 0, &registers);
}

int Performer::perform(Tid tid, const act::TraceChild& clone) {
  return trace_child(tid, images_.watch(clone.watch).watch.kind, memory_);
}

int Performer::perform(Tid tid, const act::Serve& call) { return serve(tid, call.target, memory_); }

// In another namespace of System V objects the number of our memory means nothing, or somebody else's (ipc_namespaces(7)).
int Performer::perform(Tid tid, const act::Annex& annex) {
  if (read_proc_link(tid, "ns/ipc") != read_proc_link(Tid{::getpid()}, "ns/ipc")) return EXDEV;
  if (const int error = annexes_.make(tid, annex.annex, {annex.image, annex.bias})) return error;
  const Address at = images_.at(annex.image).image.annex.at + annex.bias;
  return injection_.attach(tid, annexes_.shared_memory(annex.annex), at, annex.again);
}

// In a copy of a memory, those that have left the original. A handler that forked may go back to between the instructions that such a jump
// takes the place of: there it stays away.
int Performer::perform(Tid tid, const act::Flag& flag) {
  const auto& jumps = images_.at(flag.image).jumps;
  const Placed image{flag.image, flag.bias};
  std::vector<std::size_t> flags = annexes_.left(tid, image);
  if (flags.empty()) {
    const int error = memory_.replace(tid, jumps, image.bias);
    if (error == 0) leave_jump(tid, image);
    return error;
  }
  const auto stack = words_on_stack(tid);
  if (!stack) return 0;
  std::vector<CodePatch> again;
  std::erase_if(flags, [&](std::size_t number) {
    const CodePatch& jump = jumps[number];
    const std::uint64_t from = raw(jump.at + image.bias);
    const auto behind = std::upper_bound(stack->begin(), stack->end(), from);
    const bool leads_into = behind != stack->end() && *behind < from + jump.before.size();
    if (!leads_into) again.push_back({jump.at, jump.before, jump.after, {}});
    return leads_into;
  });
  annexes_.come_back(tid, image, flags);
  return memory_.replace(tid, again, image.bias);
}

// A counted probe is done for the task before the jump is there that takes its place, so the task may be within what that displaces.
void Performer::leave_jump(Tid tid, Placed image) {
  const ImageAnnex& annex = images_.at(image.image).image.annex;
  if (!annex.counts) return;
  const ImageAddress pc = pc_of(tid) - image.bias;
  const auto within = std::find_if(annex.flags.begin(), annex.flags.end(), [pc](const ImageFlag& flag) {
    return pc > flag.from && raw(pc) < raw(flag.from) + flag.displaced.size();
  });
  if (within == annex.flags.end()) return;
  const std::uint64_t there = stub_offset_of(annex, *within, raw(pc) - raw(within->from));
  ptrace_request(PTRACE_POKEUSER, tid, arch::kPc, raw(annex.at + image.bias) + there);
}

// Whether its file could be opened is seen when it is used.
int Performer::perform(Tid tid, const act::Reveal& reveal) {
  if (reveal.call == Revealing::hides) memory_.open(tid);
  return injection_.reveal(tid, reveal.call);
}

int Performer::perform(Tid tid, const act::Share& share) {
  annexes_.share(tid, {share.image, share.bias});
  return 0;
}

// Ascending; nothing if there are too many. An alternate stack lies in some mapping: that is read to its end.
std::optional<std::vector<std::uint64_t>> Performer::words_on_stack(Tid tid) {
  constexpr std::uint64_t kPage = 4096, kMost = 8 << 20, kWord = sizeof(std::uint64_t);
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return std::nullopt;
  std::vector<std::uint64_t> words, page;
  for (std::uint64_t at = arch::stack_pointer(registers) & ~(kWord - 1); words.size() * kWord < kMost;) {
    page.resize((kPage - at % kPage) / kWord);
    const std::span bytes(reinterpret_cast<std::uint8_t*>(page.data()), page.size() * kWord);
    if (memory_.read(tid, Address{at}, bytes) != 0) {
      std::sort(words.begin(), words.end());
      return words;
    }
    words.insert(words.end(), page.begin(), page.end());
    at += bytes.size();
  }
  return std::nullopt;
}

// The program may be about to set them, and to come by: no task has to stand still for a byte of memory that is ours.
int Performer::perform(Tid tid, const act::Trip& trip) {
  annexes_.trip(tid, {trip.image, trip.bias});
  return 0;
}

int Performer::perform(Tid tid, const act::Untrip& untrip) {
  annexes_.untrip(tid, {untrip.image, untrip.bias});
  return 0;
}

int Performer::perform(Tid tid, const act::Unflag& unflag) {
  const Placed image{unflag.image, unflag.bias};
  annexes_.untrip(tid, image);
  const auto& jumps = images_.at(image.image).jumps;
  std::vector<CodePatch> useless;
  for (const std::size_t flag : annexes_.take_useless(tid, image))
    useless.push_back({jumps[flag].at, jumps[flag].after, jumps[flag].before, {}});
  return memory_.replace(tid, useless, image.bias);
}

// Where nothing of what a jump displaces is done yet, the task stands at the jump again. What faults, or would, is left to the task.
int Performer::perform(Tid tid, const act::Rejoin&) {
  const auto stub = annexes_.stub_at(tid, pc_of(tid));
  if (!stub) return mend_copy(tid);
  const ImageFlag& flag = stub->code->flags[stub->flag];
  const Address from = flag.from + stub->bias;
  const auto go_to = [tid](Address there) { return ptrace_request(PTRACE_POKEUSER, tid, arch::kPc, raw(there)); };
  if (flag.is_call) {
    annexes_.leave(*stub, false);
    return go_to(call_target(flag) + stub->bias);
  }
  const std::size_t done = done_at(*stub->code, flag, stub->offset);
  const Address rest{raw(from) + done};
  if (done == 0 || done == flag.displaced.size()) {
    annexes_.leave(*stub, done == 0);
    return go_to(rest);
  }
  const int error = do_in_task(tid, std::span(flag.displaced).subspan(done), rest);
  const bool is_in_stub = error != 0 && annexes_.stub_at(tid, pc_of(tid));
  if (error != 0 && stub->code->counts) return is_in_stub ? 0 : back_to_stub(tid, *stub);
  annexes_.leave(*stub, false);
  if (error == 0) return 0;
  if (const int failed = take_jump(tid, flag, from)) return failed;
  return is_in_stub ? go_to(rest) : 0;
}

// A counter's jump stays, for others lead to what it displaces, and it is to count on. What faults does so in the stub: a handler that
// returns, or jumps out, does what it would in the program.
int Performer::back_to_stub(Tid tid, const Annexes::Stub& stub) {
  const ImageFlag& flag = stub.code->flags[stub.flag];
  const std::size_t done = raw(pc_of(tid)) - raw(flag.from + stub.bias);
  if (done > flag.store) annexes_.leave(stub, false);
  const std::uint64_t there = raw(stub.code->at + stub.bias) + stub_offset_of(*stub.code, flag, done);
  return ptrace_request(PTRACE_POKEUSER, tid, arch::kPc, there);
}

int Performer::mend_copy(Tid tid) {
  arch::Registers registers{};
  if (const int error = ptrace_request(PTRACE_GETREGS, tid, 0, &registers)) return error;
  const auto copy = annexes_.copied_jump_to(tid, Address{arch::pc(registers)}, memory_);
  if (!copy) return 0;
  // Short jumps lead to what stands behind that jump: they leave first.
  const ImageAddress from = copy->flag->from, end{raw(from) + copy->flag->displaced.size()};
  const auto& vias = copy->image->vias;
  for (auto via = vias.lower_bound(from); via != vias.end() && via->first < end; ++via) {
    const CodePatch& guest = copy->image->jumps[via->second];
    if (const int error = memory_.write(tid, Address{raw(copy->at) + raw(guest.at) - raw(from)}, guest.before))
      return error;
  }
  if (const int error = memory_.write(tid, copy->at, copy->flag->displaced)) return error;
  arch::set_pc(registers, raw(copy->at));
  if (copy->flag->is_call) registers.rsp += sizeof(std::uint64_t);  // what it pushed
  return ptrace_request(PTRACE_SETREGS, tid, 0, &registers);
}

// Other threads may run there: they stop at the probe's int3 meanwhile, as if it was lifted a moment ago.
int Performer::take_jump(Tid tid, const ImageFlag& flag, Address from) {
  if (flag.before != 0) return 0;
  if (const int error = memory_.write_byte(tid, from, arch::kInt3)) return error;
  const Address second{raw(from) + 1};
  if (const int error = memory_.write(tid, second, std::span(flag.displaced).subspan(1))) return error;
  return memory_.write_byte(tid, from, flag.displaced.front());
}

void Performer::forget(Tid tid) {
  memory_.forget(tid);
  injection_.forget(tid);
}

void Performer::follow_memory(const Observation& observation, bool has_images) {
  if (const auto* const exec = observation.as<observed::EventExec>()) {
    forget(observation.tid);
    forget(exec->former);
    injection_.note_program(observation.tid);
  } else if (const Birth* const birth = birth_in(observation); birth && birth->child != Tid{}) {
    forget(birth->child);
    injection_.note_birth(birth->child, observation.tid);
    if (is_in_same_memory(observation.kind(), *birth))
      memory_.share(birth->child, observation.tid);
    else if (has_images)
      memory_.open(birth->child);  // before it can hide it
  } else if (const auto* const found = observation.as<observed::Attached>()) {
    if (observation.tid != found->process) memory_.share(observation.tid, found->process);
    injection_.note_program(observation.tid);
  } else if (observation.status.ended()) {
    forget(observation.tid);
  }
}

}  // namespace recount
