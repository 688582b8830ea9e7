// Does what the machine decided: one Action, one result.
#pragma once

#include "schema/machine/machine.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/process/process_memory.hpp"
#include "tracer/stop/injection.hpp"
#include "tracer/stop/launcher.hpp"
#include "tracer/stop/waiter.hpp"

namespace recount {

class Performer {
 public:
  // The machine is only asked which probes it does not want any more.
  Performer(const Rules& rules, Launcher& launcher, Waiter& waiter, const Machine& machine, const ImageStore& images,
            ProcessMemory& memory)
      : rules_(rules),
        launcher_(launcher),
        waiter_(waiter),
        machine_(machine),
        images_(images),
        memory_(memory),
        injection_(memory) {}

  int perform(const Action& action);  // 0 or an errno

  // A task's open memory file is of no use any more once it has another address space, or none.
  void forget_memory(const Observation& observation);

 private:
  int plant(const Action& action);
  const ImageWatch& watch_of(const Action& action) const;
  int pass(const Action& action);
  int trace_child(const Action& action);

  const Rules& rules_;
  Launcher& launcher_;
  Waiter& waiter_;
  const Machine& machine_;
  const ImageStore& images_;
  ProcessMemory& memory_;
  Injection injection_;
};

}  // namespace recount
