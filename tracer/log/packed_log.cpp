#include "tracer/log/packed_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "tracer/base/error.hpp"
#include "tracer/base/unique_fd.hpp"

namespace recount {

PackedLog::PackedLog(std::string path, bool force)
    : path_(std::move(path)), plain_(without_packing(path_)), packing_(packing_of_name(path_)), force_(force) {
  if (!packing_) return;
  struct stat info {};
  if (::lstat(path_.c_str(), &info) != 0) return;
  if (!S_ISREG(info.st_mode))
    throw RecordError("cannot write the log " + path_ + ": it is no regular file; name a file with -o");
  if (!force_)
    throw RecordError("the log " + path_ + " exists already; replace it with --force, or choose another name with -o");
}

bool PackedLog::put_in_place(const std::string& draft) const noexcept {
  return ::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path_.c_str(), force_ ? 0 : RENAME_NOREPLACE) == 0;
}

// The packed file may be read by whoever may read the log.
std::string PackedLog::finish() {
  if (!packing_) return {};
  struct stat info {};
  const std::string draft = path_ + ".new-" + std::to_string(::getpid());
  if (::stat(plain_.c_str(), &info) != 0) return std::strerror(errno);
  const UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) return std::strerror(errno);
  try {
    pack(plain_, *packing_, fd.get());
    if (::fchmod(fd.get(), info.st_mode & 0777) == 0 && put_in_place(draft)) return ::unlink(plain_.c_str()), "";
    const int error = errno;
    ::unlink(draft.c_str());
    return std::strerror(error);
  } catch (const PackedFileError& error) {
    ::unlink(draft.c_str());
    return error.what();
  }
}

}  // namespace recount
