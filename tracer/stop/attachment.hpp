// A process that runs already: whether it can be attached to, and its threads, each once.
//
//   check_attachable(pid);                                  // throws RecordError: who it is, why not, what to do
//   Attachment attachment(pid);
//   while (auto tid = attachment.next_thread()) seize(*tid);
//
// A thread that nobody traces yet may make another one, so they are listed until each is traced. What a seized thread makes is
// traced from its beginning. The caller seizes each before it asks for the next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

void check_attachable(Tid pid);
std::string why_not_seized(Tid pid, int error);  // with what to do about it

class Attachment {
 public:
  explicit Attachment(Tid pid) : pid_(pid) {}
  std::optional<Tid> next_thread();  // the leader first; none: all are traced

 private:
  void list();

  Tid pid_;
  bool has_begun_ = false;
  std::vector<Tid> found_;  // the last is the next
  bool is_complete_ = false;
};

}  // namespace recount
