#include "tracer/log/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tracer/base/error.hpp"

namespace recount {
namespace {

// What is there already must be something that a log may replace: /dev/null and other people's pipes are not.
void check_kind(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return;
  const std::string kind = S_ISDIR(info.st_mode) ? "it is a directory" : "it is no regular file";
  throw RecordError("cannot write the log " + path + ": " + kind + "; name a file with -o");
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

[[noreturn]] void already_there(const std::string& path) {
  throw RecordError("the log " + path + " exists already; replace it with --force, or choose another name with -o");
}

[[noreturn]] void cannot_write(const std::string& path) {
  throw RecordError("cannot write the log " + path + ": " + std::strerror(errno) +
                    "; choose another place with -o FILE");
}

}  // namespace

OutputFile::OutputFile(const std::string& path, bool force)
    : path_(path), draft_(path + ".new-" + std::to_string(::getpid())), force_(force) {
  check_kind(path);
  if (!force && exists(path)) already_there(path);
  file_.reset(::open(draft_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
  if (!file_) cannot_write(path);
}

// link(2) fails if the name is taken: nothing is overwritten, however late it came.
void OutputFile::publish() {
  if (force_ && exists(path_)) {
    const std::string aside = path_ + ".replaced-" + std::to_string(::getpid());
    if (std::rename(path_.c_str(), aside.c_str()) != 0) cannot_write(path_);
    previous_ = aside;
  }
  if (::link(draft_.c_str(), path_.c_str()) != 0) {
    if (errno == EEXIST) already_there(path_);
    if (std::rename(draft_.c_str(), path_.c_str()) != 0) cannot_write(path_);  // no hard links there
  }
  published_ = true;
  ::unlink(draft_.c_str());
}

bool OutputFile::is_still_there() const noexcept {
  struct stat info {};
  return ::fstat(file_.get(), &info) == 0 && info.st_nlink > 0;
}

void OutputFile::keep() noexcept {
  kept_ = true;
  if (!previous_.empty()) ::unlink(previous_.c_str());
}

OutputFile::~OutputFile() {
  if (kept_) return;
  ::unlink(draft_.c_str());
  if (published_) ::unlink(path_.c_str());
  if (published_) ::unlink((path_ + "-journal").c_str());
  if (!previous_.empty()) std::rename(previous_.c_str(), path_.c_str());
}

}  // namespace recount
