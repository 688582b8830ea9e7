#include "replay/command/new_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "replay/log/errors.hpp"
#include "schema/log/sqlite.hpp"

namespace recount {

NewLog::NewLog(std::string path, bool replace)
    : path_(std::move(path)), beside_(path_ + "." + std::to_string(::getpid())), replace_(replace) {
  struct stat info {};
  const bool there = ::lstat(path_.c_str(), &info) == 0;
  if (there && !S_ISREG(info.st_mode))  // rename() would put a file in a device's place
    throw FileError(path_, "is there already, and is no ordinary file; name another file");
  if (there && !replace_) throw FileError(path_, "is there already; name another file, or replace it with --force");
  const int fd = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) fail("cannot be written", errno);
  ::close(fd);
}

NewLog::~NewLog() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

// A journal that stands there is that of the log before, and would be rolled into this one; that log goes before it.
void NewLog::fill() {
  if (const auto packing = packing_of_name(path_)) pack(*packing);
  if (replace_) ::unlink(path_.c_str());
  for (const char* const companion : kSqliteCompanions)
    if (::access(path_.c_str(), F_OK) != 0) ::unlink((path_ + companion).c_str());
  if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, path_.c_str(), replace_ ? 0 : RENAME_NOREPLACE) != 0)
    fail("cannot be put in its place", errno);
  beside_.clear();
}

void NewLog::pack(Packing packing) {
  const std::string packed = beside_ + ".packed";
  const int fd = ::open(packed.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) fail("cannot be written", errno);
  try {
    recount::pack(beside_, packing, fd);
  } catch (const PackedFileError& error) {
    ::close(fd);
    ::unlink(packed.c_str());
    throw FileError(path_, error.what());
  }
  ::close(fd);
  ::unlink(beside_.c_str());
  beside_ = packed;
}

void NewLog::fail(const char* what, int error) const {
  throw FileError(path_, std::string(what) + ", " + std::strerror(error) + "; name a file in a folder of your own");
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat one {
  }, other{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

}  // namespace recount
