// Opens files as a traced process's user would: a recorder that may read more is not to read it on a program's say. What a program's
// debug information names may be a link to anything.
//
//   const User user = user_of(tid);
//   { const AsUser as(user); fd = open(path); }    // this thread alone; what is open stays open
//
// It changes the file system's idea of the thread's user (setfsuid(2)) and its groups. With another user than root, Linux takes the
// capabilities off it that override permissions (capabilities(7)), and gives them back afterwards. A recorder that is not root
// stays who it is: its tracees are its own user's.
#pragma once

#include <sys/types.h>

#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

struct User {
  uid_t uid = static_cast<uid_t>(-1);  // nobody known: then AsUser does nothing
  gid_t gid = static_cast<gid_t>(-1);
  std::vector<gid_t> groups;

  bool is_known() const noexcept { return uid != static_cast<uid_t>(-1); }
  bool is_another() const noexcept;  // than the recorder's
};

User user_of(Tid tid);  // as whom it opens files

class AsUser {
 public:
  explicit AsUser(const User& user);
  ~AsUser();
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;

 private:
  bool changed_ = false;
  std::vector<gid_t> groups_;  // before
};

}  // namespace recount
