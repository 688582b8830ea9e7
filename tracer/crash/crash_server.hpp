// The process that walks the stacks of what is about to die: it reads its memory, and libdwfl and libdw read its images, which
// may be hostile or damaged. What they crash is this process, and what it had told by then stands.
//
//   ChildProcess process([&](int socket) { serve_crashes(socket, subject); });
//
// A request (crash_messages.hpp) comes with a descriptor of /proc/PID/mem: only the tracer may open that everywhere (Yama). The
// answer has several parts, the most important first: the images and the bare frames; the frames with their names; the other
// threads. Images are kept for the next request: what was read of them is what takes the time.
#pragma once

#include <cstdint>

#include "tracer/image/image_subject.hpp"

namespace recount {

struct CrashRequestHead {
  std::uint64_t size = 0;  // of the request behind it
};

void serve_crashes(int socket, const ImageSubject& subject);  // until nobody asks any more

}  // namespace recount
