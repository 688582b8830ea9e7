#include "tracer/process/as_user.hpp"

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"

namespace recount {
namespace {

// The C library's setgroups(2) sets those of all threads.
void set_groups_of_thread(const std::vector<gid_t>& groups) { ::syscall(SYS_setgroups, groups.size(), groups.data()); }

std::vector<gid_t> groups_of_thread() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  groups.resize(static_cast<std::size_t>(std::max(0, ::getgroups(static_cast<int>(groups.size()), groups.data()))));
  return groups;
}

unsigned number(const std::string& word) { return static_cast<unsigned>(std::strtoul(word.c_str(), nullptr, 10)); }

}  // namespace

bool User::is_another() const noexcept { return is_known() && uid != ::geteuid(); }

// The fourth of real, effective, saved, and the file system's.
User user_of(Tid tid) {
  User user;
  if (::geteuid() != 0) return user;
  const std::string status = read_proc_file(tid, "status");
  const auto uids = status_words_in(status, "Uid");
  const auto gids = status_words_in(status, "Gid");
  if (uids.size() < 4 || gids.size() < 4) return user;
  user.uid = number(uids[3]);
  user.gid = number(gids[3]);
  for (const std::string& group : status_words_in(status, "Groups")) user.groups.push_back(number(group));
  return user;
}

AsUser::AsUser(const User& user) {
  if (!user.is_another()) return;
  changed_ = true;
  groups_ = groups_of_thread();
  set_groups_of_thread(user.groups);
  ::setfsgid(user.gid);
  ::setfsuid(user.uid);
}

AsUser::~AsUser() {
  if (!changed_) return;
  ::setfsuid(::geteuid());
  ::setfsgid(::getegid());
  set_groups_of_thread(groups_);
}

}  // namespace recount
