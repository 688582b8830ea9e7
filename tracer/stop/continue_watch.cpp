#include "tracer/stop/continue_watch.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "tracer/base/error.hpp"
#include "tracer/process/proc_status.hpp"

namespace recount {
namespace {

constexpr int kLookEveryMs = 20;

// Until the recorder hangs up. It is told again and again: it may be about to stop.
void watch(int recorder, Tid root) {
  pollfd hang_up{recorder, POLLIN, 0};
  while (::poll(&hang_up, 1, kLookEveryMs) == 0)
    if (status_has_signal_in(root, {"SigPnd", "ShdPnd"}, SIGCONT)) ::kill(::getppid(), SIGCONT);
}

}  // namespace

ContinueWatch::ContinueWatch(Tid root) {
  try {
    process_.emplace([root](int recorder) { watch(recorder, root); });
  } catch (const RecordError&) {
  }
}

ContinueWatch::~ContinueWatch() {
  if (process_) process_->end();
}

}  // namespace recount
