// Turns what the waiter reports into a complete Observation, by a fixed rule per kind of stop:
//
//   signal_delivery_stop         PTRACE_GETSIGINFO; of a SIGTRAP also the program counter
//   event_fork, vfork, clone     PTRACE_GETEVENTMSG; the child's thread group; kcmp(2) of the two address spaces
//   event_stop, group_stop       PTRACE_PEEKSIGINFO: is an executed int3 still to be reported
//   event_exec                   PTRACE_GETEVENTMSG; /proc/PID/exe, cwd, cmdline; the image; its load bias from auxv
//   exited, signaled             the rusage that wait4 gave
//
// What cannot be gathered, because the task was killed meanwhile, stays 0.
#pragma once

#include "schema/event.hpp"
#include "tracer/image_store.hpp"
#include "tracer/waiter.hpp"

namespace recount {

class Observer {
 public:
  explicit Observer(ImageStore& images) : images_(images) {}

  Observation observe(const Report& report);
  // The image that the last event_exec read for the first time, if it did.
  std::shared_ptr<const StoredImage> take_new_image() { return std::exchange(new_image_, nullptr); }

 private:
  Observation task(const Report& report);
  void signal_stop(Observation& observation);
  void birth(Observation& observation);
  void exec(Observation& observation);

  ImageStore& images_;
  std::shared_ptr<const StoredImage> new_image_;
};

}  // namespace recount
