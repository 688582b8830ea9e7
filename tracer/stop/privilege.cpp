#include "tracer/stop/privilege.hpp"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <cstdint>
#include <cstdlib>

#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"

namespace recount {
namespace {

// Uid and Gid: the real one, the effective one, the saved one, the file system's.
std::uint64_t effective_id(Tid tid, const std::string& name) {
  const auto ids = status_words(tid, name);
  return ids.size() < 2 ? 0 : std::strtoull(ids[1].c_str(), nullptr, 10);
}

// What the file permits, of the first 64 capabilities. Every version of the attribute begins alike (linux/capability.h).
std::uint64_t permitted_by(const std::string& path) {
  vfs_ns_cap_data data{};
  const ssize_t size = ::getxattr(path.c_str(), "security.capability", &data, sizeof data);
  if (size < static_cast<ssize_t>(XATTR_CAPS_SZ_2)) return 0;
  return std::uint64_t{data.data[1].permitted} << 32 | data.data[0].permitted;
}

bool is_in_other_user_namespace(Tid tid) {
  struct stat ours {
  }, its{};
  const bool known = ::stat("/proc/self/ns/user", &ours) == 0 && ::stat(proc_path(tid, "ns/user").c_str(), &its) == 0;
  return !known || ours.st_ino != its.st_ino || ours.st_dev != its.st_dev;
}

bool would_give_nothing_anyway(Tid tid, const std::string& path) {
  struct statvfs mount {};
  const bool ignored = ::statvfs(path.c_str(), &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0;
  return ignored || status_word(tid, "NoNewPrivs") == "1" || is_in_other_user_namespace(tid);
}

}  // namespace

std::string withheld_privilege(Tid tid) {
  const std::string path = proc_path(tid, "exe");
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  const bool set_user = (file.st_mode & S_ISUID) != 0;
  const bool set_group = (file.st_mode & S_ISGID) != 0 && (file.st_mode & S_IXGRP) != 0;
  const std::uint64_t permitted = permitted_by(path);
  if (!set_user && !set_group && permitted == 0) return {};
  if (would_give_nothing_anyway(tid, path)) return {};
  if (set_user && effective_id(tid, "Uid") != file.st_uid) return "without the privilege of its set-user-ID bit";
  if (set_group && effective_id(tid, "Gid") != file.st_gid) return "without the privilege of its set-group-ID bit";
  const bool fewer = (permitted & status_set(tid, "CapBnd") & ~status_set(tid, "CapPrm")) != 0;
  return fewer ? "without the capabilities of its file" : std::string();
}

}  // namespace recount
