// The machine's account of when to look whether jumps of flags have become useless: of flags that are set, the jumps cost time and tell
// nothing more.
//
// A process is looked at soon after its flags were attached, since most of what it does it does first, and again after an eighth of the
// time that it has them. So what it begins to do later costs more for an eighth of its life at most, and a long run is stopped a few
// dozen times. There is no clock here: time is how long the timers were that rang.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

class TripClock {
 public:
  void begin(Upid process);  // flags were attached to it
  void forget(Upid process) { due_.erase(process); }

  // How long the timer is to be, in nanoseconds, that is to be set now; 0: one that is short enough is set, or none is needed.
  std::int64_t take_delay_ns();
  std::vector<Upid> ring();  // the timer rang: who is due

  static constexpr std::int64_t kFirstNs = 5'000'000;

 private:
  struct Due {
    std::int64_t since_ns, at_ns;
  };
  std::map<Upid, Due> due_;
  std::int64_t now_ns_ = 0;
  std::int64_t timer_ns_ = 0;  // 0: it is not set
};

}  // namespace recount
