// The process that names the frames of crashes: functions, lines, and what was inlined there, by debug information, which takes long
// where it is large or packed. What died is gone by then. As with the process that walks (crash_server.hpp), what hostile or
// damaged images crash is this process alone.
//
//   ChildProcess process([&](int socket) { serve_names(socket, subject); });
//
// First it is sent a socket, on which the process that walks asks (NamesRequest, crash_messages.hpp). Answers go to its own: a part for
// each thread, the last one marked.
#pragma once

#include "tracer/image/image_subject.hpp"

namespace recount {

void serve_names(int socket, const ImageSubject& subject);  // until nobody asks any more

}  // namespace recount
