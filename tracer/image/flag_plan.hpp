// Which probes a flag can tell of, or count, and the code that sets the flags.
//
//   at the probe, or shortly before:   jmp stub                        five bytes or more, whole instructions of one block
//   in the annex:               stub:  what these instructions did up to the probe
//                                      movb $1, flag
//                                      what they did from the probe on, and a jump to where they end
//
// Nobody jumps into the middle of a block (control_flow.hpp). But a signal may find the task in a stub, and its handler has to see the
// program: so all displaced instructions but the first are such as can be done for a task (displaced_instruction.hpp). One that faults
// can't be, and its handler may go back to it: then the jump leaves for good, for its flag is set. Where the jump stands in front of the
// probe, the others touch no memory but the stack, and don't fault.
//
// A call at the probe stays one, so that the address that it pushes is right: it leads to a stub that sets the flag and jumps on.
// The store changes neither flags of the processor nor registers, and writes nothing below the stack pointer.
//
// Where executions are counted, the stub has `incq counter` in the place of the store, and only counted probes have one. That
// changes the processor's flags, so it stands where nobody reads these (flags_in_use.hpp), at the probe or in front of it. Its first
// byte is a prefix that means nothing, and becomes `lock` when somebody else is about to run there as well. What is displaced behind
// the first instruction touches no memory but the stack: nobody has to leave for good.
//
// Where there is room for two bytes only, a short jump leads to a long one. That stands in what the jump of another counter close by
// displaces, behind that jump: nobody comes there any more.
//
//   at the probe:                      jmp via                         two bytes
//   at another one:                    jmp stub of that one; via: jmp stub
//
// The annex is memory of ours that stands at a fixed distance from the image, so that its code is the same in all processes: flags
// first, a byte each, or counters, then the stubs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "tracer/code/control_flow.hpp"
#include "tracer/code/own_bytes.hpp"
#include "tracer/image/image.hpp"

namespace recount {

struct FlagSubject {
  const ControlFlow& flow;
  const CodeBytes& code;
  const OwnBytes& own;
};

// Fills image.annex. The probes and segments of the image are there, its watches, and its counters.
void plan_flags(const FlagSubject& subject, Image& image);
void plan_counters(const FlagSubject& subject, Image& image);

struct CounterPlace {
  std::uint64_t address = 0;
  bool has_room = false;  // for a long jump; else for a short one, if there is room for its long one close by
};
// Where in the block a probe can stand that is counted so, among the others: at one of them, if there is room. Its instruction can be
// done for a task.
std::optional<CounterPlace> place_of_counter(const FlagSubject& subject, const ControlFlow::Block& block,
                                             const std::set<std::uint64_t>& probes);

// Where in the program a task is that was found in a stub: so many bytes of what it displaces are done.
std::size_t done_at(const ImageAnnex& annex, const ImageFlag& flag, std::size_t offset_in_stub);
// And whether the stub has set the flag, or counted.
bool has_stored(const ImageAnnex& annex, const ImageFlag& flag, std::size_t offset_in_stub);
// Where a task goes on in the annex that is in the program, so many bytes of what it displaces being done.
std::size_t stub_offset_of(const ImageAnnex& annex, const ImageFlag& flag, std::size_t done);

constexpr std::uint8_t kLockPrefix = 0xf0;
std::size_t lock_of(const ImageFlag& counter);  // the offset in the annex of the byte that is to be kLockPrefix

ImageAddress call_target(const ImageFlag& call);  // of one that is a call
// Where guest.via stands; null: nowhere. The flags are in the order of their places.
const ImageFlag* host_of(const ImageAnnex& annex, const ImageFlag& guest);
std::vector<std::vector<std::uint8_t>> jumps_of(const ImageAnnex& annex);  // by flag: what stands at flag.from

}  // namespace recount
