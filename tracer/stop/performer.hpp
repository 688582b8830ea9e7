// Does what the machine decided: one Action, one result.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "schema/machine/machine.hpp"
#include "tracer/crash/crash_reader.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/process/process_memory.hpp"
#include "tracer/stop/annexes.hpp"
#include "tracer/stop/injection.hpp"
#include "tracer/stop/launcher.hpp"
#include "tracer/stop/waiter.hpp"

namespace recount {

class Performer {
 public:
  // `launcher`: null if the process runs already.
  Performer(Launcher* launcher, Waiter& waiter, const ImageStore& images, ProcessMemory& memory, Annexes& annexes,
            CrashReader& crashes)
      : launcher_(launcher),
        waiter_(waiter),
        images_(images),
        memory_(memory),
        annexes_(annexes),
        crashes_(crashes),
        injection_(memory) {}

  int perform(const Action& action);  // 0 or an errno

  // Of the last action; null: it was no snapshot, or it was left out. Nothing is decided by it.
  std::shared_ptr<const Crash> take_crash() { return std::exchange(crash_, nullptr); }

  // Whose memory is whose: an open file is of no use any more once its task has another address space, or none. `has_images`: of a birth,
  // int3 bytes of ours may stand in the parent's.
  void follow_memory(const Observation& observation, bool has_images);
  void forget(Tid tid);  // of a number that another task may have had

 private:
  int perform(Tid tid, const act::Seize&);
  int perform(Tid tid, const act::Start&);
  int perform(Tid tid, const act::Cont&);
  int perform(Tid tid, const act::Syscall&);
  int perform(Tid tid, const act::Detach&);
  int perform(Tid tid, const act::Listen&);
  int perform(Tid tid, const act::Interrupt&);
  int perform(Tid tid, const act::Kill&);
  int perform(Tid tid, const act::Block&);
  int perform(Tid tid, const act::Restore&);
  int perform(Tid tid, const act::Restart&);
  int perform(Tid tid, const act::Suspend&);
  int perform(Tid tid, const act::Snapshot&);
  int perform(Tid tid, const act::End&);
  int perform(Tid tid, const act::Inject&);
  int perform(Tid tid, const act::SetPc&);
  int perform(Tid tid, const act::Lift&);
  int perform(Tid tid, const act::Mend&);
  int perform(Tid tid, const act::Emulate&);
  int leave_it_to(Tid tid, Address at, std::uint8_t original, int error);
  int do_in_task(Tid tid, std::span<const std::uint8_t> instructions, Address at);
  int perform(Tid tid, const act::Retire&);
  int perform(Tid tid, const act::Arm&);
  int perform(Tid tid, const act::SetTimer&);
  int perform(Tid tid, const act::Plant&);
  int perform(Tid tid, const act::Unplant&);
  int perform(Tid tid, const act::Pass&);
  int perform(Tid tid, const act::TraceChild&);
  int perform(Tid tid, const act::Serve& call);
  int perform(Tid tid, const act::Annex&);
  int perform(Tid tid, const act::Flag&);
  std::optional<std::vector<std::uint64_t>> words_on_stack(Tid tid);
  int perform(Tid tid, const act::Rejoin&);
  int perform(Tid tid, const act::Trip&);
  int perform(Tid tid, const act::Untrip&);
  int perform(Tid tid, const act::Unflag&);
  int perform(Tid tid, const act::Share&);
  int perform(Tid tid, const act::Reveal&);
  void leave_jump(Tid tid, Placed image);
  int back_to_stub(Tid tid, const Annexes::Stub& stub);
  int mend_copy(Tid tid);
  int take_jump(Tid tid, const ImageFlag& flag, Address from);
  int lay(Tid tid, const ImageDetour& detour, LoadBias bias);

  Launcher* launcher_;
  Waiter& waiter_;
  const ImageStore& images_;
  ProcessMemory& memory_;
  Annexes& annexes_;
  CrashReader& crashes_;
  Injection injection_;
  std::shared_ptr<const Crash> crash_;
};

}  // namespace recount
