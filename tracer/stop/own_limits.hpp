// The recorder's own limits (setrlimit(2)), which it has from whoever started it and hands on to the program as they were.
//
// RLIMIT_NOFILE: it has a file open for each memory that it traces, so the soft limit is lifted to the hard one.
//
// RLIMIT_CPU, its own processor time. A limit that was set for the program counts for the recorder too,
// and at the hard one the kernel kills it, and by PTRACE_O_EXITKILL all that it traces. Its soft limit is lifted, and a timer
// on its processor time tells while there is still time to let everything go.
//
//   OwnLimits limits;     // the timer raises SIGXCPU, with si_code SI_TIMER
//   limits.restore();     // in a child between fork and exec: as they were
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <optional>
#include <vector>

namespace recount {

class OwnLimits {
 public:
  OwnLimits();   // RecordError: no timer
  ~OwnLimits();  // as they were
  OwnLimits(const OwnLimits&) = delete;
  OwnLimits& operator=(const OwnLimits&) = delete;

  bool processor_time_is_limited() const noexcept { return has_timer_; }
  void restore() const noexcept;

 private:
  struct Lifted {
    Lifted(int limited, rlimit was) : resource(limited), before(was) {}
    int resource;
    rlimit before;
  };
  std::optional<rlimit> lift(int resource);  // as it was

  std::vector<Lifted> lifted_;
  bool has_timer_ = false;
  timer_t timer_{};
};

}  // namespace recount
