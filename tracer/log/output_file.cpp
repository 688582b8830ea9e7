#include "tracer/log/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "tracer/base/error.hpp"
#include "tracer/log/file_lock.hpp"
#include "tracer/log/leftovers.hpp"

namespace recount {
namespace {

// What is there already must be something that a log may replace: /dev/null and other people's pipes are not.
void check_kind(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return;
  const std::string kind = S_ISDIR(info.st_mode) ? "it is a directory" : "it is no regular file";
  throw RecordError("cannot write the log " + path + ": " + kind + "; name a file with -o");
}

[[noreturn]] void already_there(const std::string& path) {
  throw RecordError("the log " + path + " exists already; replace it with --force, or choose another name with -o");
}

[[noreturn]] void cannot_write(const std::string& path) {
  const std::string who = "cannot write the log " + path + ": ";
  if (errno == EFBIG) throw RecordError(who + "it is larger than files may be here; raise the limit (ulimit -f)");
  const std::string reason = errno == ENOSPC ? "the disk is full" : std::strerror(errno);
  throw RecordError(who + reason + "; choose another place with -o FILE");
}

std::string own_link(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

OutputFile::OutputFile(const std::string& path, bool force) : path_(path), previous_(path), force_(force) {
  check_kind(path);
  const FolderLock lock(path);
  older_ = sweep_leftovers(path);
  if (!force && is_there()) already_there(path);
  open_draft();
}

bool OutputFile::is_there() const noexcept { return ::access(path_.c_str(), F_OK) == 0; }

void OutputFile::open_draft() {
  file_.reset(::open(folder_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (file_ && ::access(own_link(file_.get()).c_str(), F_OK) != 0) file_.reset();  // no /proc: it could get no name
  if (!file_) {
    draft_ = path_ + ".new-" + std::to_string(::getpid());
    file_.reset(::open(draft_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
  }
  if (!file_) cannot_write(path_);
  hold_lock(file_.get());
}

void OutputFile::fill(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) cannot_write(path_);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Nothing is overwritten, however late it came.
bool OutputFile::give_name() const noexcept {
  if (draft_.empty())
    return ::linkat(AT_FDCWD, own_link(file_.get()).c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0;
  if (::link(draft_.c_str(), path_.c_str()) == 0) return ::unlink(draft_.c_str()), true;
  if (errno == EEXIST) return false;
  return ::renameat2(AT_FDCWD, draft_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0;  // no hard links there
}

// A journal without its log, as rm leaves it, goes as well: it would be taken for one of the new log.
void OutputFile::publish() {
  const FolderLock lock(path_);
  if (!force_ && is_there()) already_there(path_);
  if (!previous_.set_aside(force_)) cannot_write(path_);
  published_ = give_name();
  if (!published_ && errno == EEXIST) already_there(path_);
  if (!published_) cannot_write(path_);
}

bool OutputFile::has_its_name() const noexcept {
  struct stat named {};
  struct stat own {};
  return ::lstat(path_.c_str(), &named) == 0 && ::fstat(file_.get(), &own) == 0 && named.st_dev == own.st_dev &&
         named.st_ino == own.st_ino;
}

bool OutputFile::is_still_there() const noexcept {
  struct stat info {};
  return ::fstat(file_.get(), &info) == 0 && info.st_nlink > 0;
}

void OutputFile::keep() noexcept {
  if (std::exchange(kept_, true)) return;
  previous_.remove();
  for (const std::string& aside : older_) PreviousLog(path_, aside).remove();
}

bool OutputFile::discard() noexcept {
  const FolderLock lock(path_);
  return has_its_name() && ::unlink(path_.c_str()) == 0;
}

void OutputFile::close_to_others() noexcept {
  if (std::exchange(closed_to_others_, true)) return;
  struct stat info {};
  if (::fstat(file_.get(), &info) == 0) ::fchmod(file_.get(), info.st_mode & S_IRWXU);
}

OutputFile::~OutputFile() {
  if (kept_) return;
  const FolderLock lock(path_);
  if (!draft_.empty()) ::unlink(draft_.c_str());
  if (published_ && has_its_name() && ::unlink(path_.c_str()) == 0) remove_companions(path_);
  if (!previous_.put_back())
    std::cerr << "recount-record: what stood at " << path_ << " could not be put back, and is " << previous_.aside()
              << '\n';
}

}  // namespace recount
