#include "replay/text/thread_text.hpp"

namespace recount {

const char* word_of(ThreadState state) {
  switch (state) {
    case ThreadState::born: return "born";
    case ThreadState::held: return "held";
    case ThreadState::running: return "running";
    case ThreadState::parked: return "parked";
    case ThreadState::listening: return "listening";
    case ThreadState::dying: return "dying";
    case ThreadState::left_alone: return "left_alone";
  }
  return "unknown";
}

const char* waits_for(const Thread& thread) {
  switch (thread.state) {
    case ThreadState::born: return "its first stop";
    case ThreadState::held: return "the event that tells whose child it is";
    case ThreadState::running:
      return thread.vfork_parent ? "its vfork child, until that execs or ends" : "its next stop";
    case ThreadState::parked: return "all others to stand still as well";
    case ThreadState::listening: return "a signal that continues it, it is stopped";
    case ThreadState::dying: return "its end, which is on the way";
    case ThreadState::left_alone: return "its end, it runs on untraced";
  }
  return "";
}

}  // namespace recount
