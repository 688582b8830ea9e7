#include "tracer/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tracer/error.hpp"
#include "tracer/unique_fd.hpp"

namespace recount {
namespace {

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
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
  if (is_directory(path)) throw RecordError("cannot write the log " + path + ": it is a directory; name a file with -o");
  if (!force && exists(path)) already_there(path);
  const UniqueFd created(::open(draft_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
  if (!created) cannot_write(path);
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
