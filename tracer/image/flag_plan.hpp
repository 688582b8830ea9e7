// Which probes a flag can tell of, and the code that sets the flags.
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
// The annex is memory of ours that stands at a fixed distance from the image, so that its code is the same in all processes: flags
// first, a byte each, then the stubs.
#pragma once

#include "tracer/code/control_flow.hpp"
#include "tracer/code/own_bytes.hpp"
#include "tracer/image/image.hpp"

namespace recount {

struct FlagSubject {
  const ControlFlow& flow;
  const CodeBytes& code;
  const OwnBytes& own;
};

// Fills image.annex. The probes and segments of the image are there, and its watches.
void plan_flags(const FlagSubject& subject, Image& image);

// Where in the program a task is that was found in a stub: so many bytes of what it displaces are done.
std::size_t done_at(const ImageFlag& flag, std::size_t offset_in_stub);

ImageAddress call_target(const ImageFlag& call);                                    // of one that is a call
std::vector<std::uint8_t> jump_of(const ImageAnnex& annex, const ImageFlag& flag);  // what stands at flag.from

}  // namespace recount
