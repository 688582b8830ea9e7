#include "tracer/log/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

namespace recount {
namespace {

constexpr off_t kByte = 0x40000000 + 4096;

struct flock lock_of(short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = kByte;
  lock.l_len = 1;
  return lock;
}

}  // namespace

void hold_lock(int fd) noexcept {
  struct flock lock = lock_of(F_RDLCK);
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

bool is_abandoned(int fd) noexcept {
  struct flock lock = lock_of(F_WRLCK);
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

FolderLock::FolderLock(const std::string& path) noexcept
    : folder_(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  constexpr timespec kNap{0, 10'000'000};
  for (int attempt = 0; folder_ && attempt < 100 && ::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0; ++attempt)
    ::nanosleep(&kNap, nullptr);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace recount
