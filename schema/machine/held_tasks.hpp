// The machine's account of tasks that reported before anybody told whose children they are.
//
// What they report waits here, unanswered, until their parent's event comes; or until the claim timer has run out that was set
// after they came: then nobody will tell (their parent was killed before it could), and they are orphans.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "schema/vocabulary/event.hpp"

namespace recount {

class HeldTasks {
 public:
  struct Report {
    Seq seq = 0;
    Observation observation;
  };

  bool add(Tid tid, Seq seq, const Observation& observation);  // whether it is the task's first
  std::vector<Report> take(Tid tid);                           // the task is held no more; none if it was not
  void clear() noexcept { tasks_.clear(); }

  bool empty() const noexcept { return tasks_.empty(); }
  bool is_gone(Tid tid) const;      // its end is among its reports; false if it is not held
  std::vector<Tid> living() const;  // by number

  // The claim timer, which is one for all of them.
  bool timer_is_set() const noexcept { return timer_is_set_; }
  void set_timer();
  std::vector<Tid> timer_rang();      // those that it was set for
  std::optional<Tid> orphan() const;  // one that has not ended, of those that were told then

 private:
  struct Task {
    std::vector<Report> reports;
    bool seen_by_timer = false;
    bool is_orphan = false;
    bool is_gone() const { return reports.back().observation.status.ended(); }
  };
  std::map<Tid, Task> tasks_;
  bool timer_is_set_ = false;
};

}  // namespace recount
