// A process that runs already: whether it can be attached to, and its threads, each once; with its descendants, if the whole tree
// is wanted.
//
//   check_attachable(pid);                                  // throws RecordError: who it is, why not, what to do
//   Attachment attachment(pid, tree, skips);
//   while (auto found = attachment.next()) seize(found->tid);
//
// A thread that nobody traces yet may make another one, and a process a child, so they are listed until each is traced. What a
// seized thread makes is traced from its beginning. The caller seizes each before it asks for the next. A descendant that can not be
// seized is left out, and so is what it has started. One that still has its parent's memory is a vfork child: its parent waits for it,
// and can't stop before it has gone on. So it is left to run until then, for a second at most.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema/vocabulary/observation.hpp"

namespace recount {

void check_attachable(Tid pid);
std::string why_not_seized(Tid pid, int error);  // with what to do about it
std::vector<Tid> descendants_of(Tid pid);        // that run now, parents before their children

class Attachment {
 public:
  struct LeftOut {
    std::string who, why;
  };
  using Skips = std::function<bool(Tid)>;  // of a descendant: it is to be left untraced, with what it has started

  Attachment(Tid pid, bool tree, Skips skips);
  std::optional<Observation> next();  // observed::Attached, that of `pid` first; none: all are traced
  std::vector<LeftOut> take_left_out() { return std::exchange(untold_, {}); }

 private:
  void list();
  void list_children();
  bool must_wait_for(Tid child, Tid parent);
  void leave_out(Tid process, const std::string& why);  // "": it is not said

  bool tree_;
  Skips skips_;
  std::vector<Tid> processes_;                             // that are traced, or about to be
  std::vector<std::pair<Tid, observed::Attached>> found_;  // the last is the next
  std::set<Tid> left_out_;
  std::vector<LeftOut> untold_;
  bool is_complete_ = false;
  bool must_wait_ = false;                      // for somebody who was seen when children were listed last
  std::optional<std::int64_t> waits_since_ns_;  // for the first of them
};

}  // namespace recount
