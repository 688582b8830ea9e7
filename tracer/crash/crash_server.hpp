// The process that walks the stacks of what is about to die: it reads its memory, and libdwfl and libdw read its images, which
// may be hostile or damaged. What they crash is this process, and what it had told by then stands.
//
//   ChildProcess process([&](int socket) { serve_crashes(socket, subject); });
//
// First it is sent the socket on which it asks the process that names (name_server.hpp). A request (crash_messages.hpp) comes with a
// descriptor of /proc/PID/mem: only the tracer may open that everywhere (Yama). The answer has several parts, the most important
// first: the images; the frames of the thread that died, with the names of symbols; what it died with; the other threads. When it
// is given the process may go on, and the lines are asked for. Images are kept for the next request.
#pragma once

#include <cstdint>

#include "tracer/image/image_subject.hpp"

namespace recount {

struct CrashRequestHead {
  std::uint64_t size = 0;  // of the request behind it
};

void serve_crashes(int socket, const ImageSubject& subject);  // until nobody asks any more

}  // namespace recount
