// Locks that say of a file that its recorder lives, and of a folder that a recorder changes names in it.
//
//   hold_lock(fd);                     // as long as any descriptor of this opening is there: a killed recorder has none
//   if (is_abandoned(other_fd)) ...    // through another opening of the same file
//   const FolderLock lock(path);       // one recorder at a time; for the time of a few system calls
//
// A pid would say less: it is used again, and means nothing in another pid namespace. The lock of a file is an open file
// description lock (fcntl(2)) on a byte beyond those that SQLite locks, which begin at 0x40000000: SQLite never meets it.
#pragma once

#include <string>

#include "tracer/base/unique_fd.hpp"

namespace recount {

void hold_lock(int fd) noexcept;     // shared, so that a descriptor for reading will do
bool is_abandoned(int fd) noexcept;  // no: somebody holds it, or this file system can't tell

// Of the folder of that path. Where it can't be had within a second (another program's lock, NFS), it is done without.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path) noexcept;

 private:
  UniqueFd folder_;
};

std::string folder_of(const std::string& path);  // "." if it names none

}  // namespace recount
