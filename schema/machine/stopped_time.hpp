// How long the tasks of each process stood still for the recorder: from the row of a stop to that of the action by which the task went on.
//
//   StoppedTime stopped;
//   stopped.stops(tid, time_ns);  ...  if (resumes(action)) stopped.goes_on(tid, upid, time_ns);
//   const std::int64_t ns = stopped.take(upid);        // at the end of the process
//
// The times of several tasks are added up. A group-stop that is kept is the program's own, and does not count; nor does the stop of a
// task that was never resumed.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "schema/vocabulary/event.hpp"

namespace recount {

bool resumes(const Action& action) noexcept;  // whether it ends a stop

class StoppedTime {
 public:
  void stops(Tid tid, std::int64_t time_ns) { since_[raw(tid)] = time_ns; }
  void goes_on(Tid tid, Upid upid, std::int64_t time_ns);
  std::int64_t take(Upid upid);

 private:
  std::unordered_map<std::int32_t, std::int64_t> since_;
  std::unordered_map<std::uint32_t, std::int64_t> sums_;
};

}  // namespace recount
