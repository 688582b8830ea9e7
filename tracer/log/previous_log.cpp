#include "tracer/log/previous_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "schema/log/sqlite.hpp"
#include "tracer/log/file_lock.hpp"

namespace recount {
namespace {

bool is_same(const std::string& a, const std::string& b) noexcept {
  struct stat one {
  }, other{};
  return ::lstat(a.c_str(), &one) == 0 && ::lstat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

// True as well if there is nothing to move, or it was moved before. Nothing is overwritten.
bool move(const std::string& from, const std::string& to) noexcept {
  if (!is_there(from)) return true;
  if (is_there(to)) return is_same(from, to);
  return ::link(from.c_str(), to.c_str()) == 0 || ::rename(from.c_str(), to.c_str()) == 0;
}

bool remove_if_there(const std::string& path) noexcept { return ::unlink(path.c_str()) == 0 || errno == ENOENT; }

std::string free_name(const std::string& path) {
  constexpr long kPidMax = 4'194'304;  // of another pid namespace, whose pids are ours
  for (long number = ::getpid();; number += kPidMax) {
    const std::string name = path + ".replaced-" + std::to_string(number);
    bool is_free = !is_there(name);
    for (const char* const companion : kSqliteCompanions) is_free = is_free && !is_there(name + companion);
    if (is_free) return name;
  }
}

}  // namespace

bool is_there(const std::string& path) noexcept {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

bool PreviousLog::set_aside(bool with_file) {
  aside_ = free_name(path_);
  if (with_file) {
    lock_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (lock_) hold_lock(lock_.get());
    if (!move(path_, aside_)) return false;
  }
  for (const char* const companion : kSqliteCompanions)
    if (!move(path_ + companion, aside_ + companion)) return false;
  if (with_file && !remove_if_there(path_)) return false;
  for (const char* const companion : kSqliteCompanions)
    if (!remove_if_there(path_ + companion)) return false;
  return true;
}

bool PreviousLog::put_back() noexcept {
  if (aside_.empty()) return true;
  for (const char* const companion : kSqliteCompanions)
    if (!move(aside_ + companion, path_ + companion)) return false;
  if (!move(aside_, path_)) return false;
  remove();
  return true;
}

void PreviousLog::remove() noexcept {
  if (aside_.empty()) return;
  ::unlink(aside_.c_str());
  remove_companions(aside_);
}

void remove_companions(const std::string& path) noexcept {
  for (const char* const companion : kSqliteCompanions) ::unlink((path + companion).c_str());
}

}  // namespace recount
