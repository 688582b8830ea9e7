#include "schema/machine/held_tasks.hpp"

#include <utility>

namespace recount {

bool HeldTasks::add(Tid tid, Seq seq, const Observation& observation) {
  std::vector<Report>& reports = tasks_[tid].reports;
  reports.push_back({seq, observation});
  return reports.size() == 1;
}

std::vector<HeldTasks::Report> HeldTasks::take(Tid tid) {
  auto node = tasks_.extract(tid);
  return node.empty() ? std::vector<Report>() : std::move(node.mapped().reports);
}

bool HeldTasks::is_gone(Tid tid) const {
  const auto found = tasks_.find(tid);
  return found != tasks_.end() && found->second.is_gone();
}

std::vector<Tid> HeldTasks::living() const {
  std::vector<Tid> tids;
  for (const auto& [tid, task] : tasks_)
    if (!task.is_gone()) tids.push_back(tid);
  return tids;
}

void HeldTasks::set_timer() {
  timer_is_set_ = true;
  for (auto& [tid, task] : tasks_) task.seen_by_timer = true;
}

std::vector<Tid> HeldTasks::timer_rang() {
  timer_is_set_ = false;
  std::vector<Tid> tids;
  for (auto& [tid, task] : tasks_) {
    task.is_orphan = task.seen_by_timer;
    if (task.is_orphan) tids.push_back(tid);
  }
  return tids;
}

std::optional<Tid> HeldTasks::orphan() const {
  for (const auto& [tid, task] : tasks_)
    if (task.is_orphan && !task.is_gone()) return tid;
  return std::nullopt;
}

}  // namespace recount
