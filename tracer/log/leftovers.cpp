#include "tracer/log/leftovers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>

#include "schema/log/sqlite.hpp"
#include "tracer/log/file_lock.hpp"
#include "tracer/log/previous_log.hpp"

namespace recount {
namespace {

constexpr std::string_view kDraft = ".new-";
constexpr std::string_view kAside = ".replaced-";

// The names that begin with that, then a number, without what may follow it: FILE.new-12 for FILE.new-12-journal as well.
std::set<std::string> numbered(const std::string& path, std::string_view mark) {
  std::set<std::string> found;
  const std::string folder = folder_of(path);
  const std::string begin = path.substr(path.rfind('/') + 1).append(mark);
  const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir(folder.c_str()), &::closedir);
  while (const dirent* const entry = all ? ::readdir(all.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(begin)) continue;
    const std::string_view rest = name.substr(begin.size());
    const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    const std::string_view companion = rest.substr(digits.size());
    const bool is_ours = companion.empty() || std::find(kSqliteCompanions.begin(), kSqliteCompanions.end(),
                                                        companion) != kSqliteCompanions.end();
    if (!digits.empty() && is_ours) found.insert(std::string(path).append(mark).append(digits));
  }
  return found;
}

bool is_left(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return file ? is_abandoned(file.get()) : !is_there(path);
}

bool is_log_without_events(const std::string& path) {
  try {
    const Database database(path, Database::Mode::read_only);
    return !Statement(database, "SELECT 1 FROM trace_event LIMIT 1").step();
  } catch (const SqliteError&) {
    return false;
  }
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat one {
  }, other{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

// True if it is there no more, or FILE itself.
bool came_back(const std::string& path, const std::string& aside) {
  if (!is_there(aside)) {
    remove_companions(aside);  // of a log that was removed with its recorder's consent
    return true;
  }
  const bool is_empty = is_there(path) && !is_same_file(path, aside) && is_left(path) && is_log_without_events(path);
  if (is_empty && ::unlink(path.c_str()) == 0) remove_companions(path);
  return PreviousLog(path, aside).put_back();
}

}  // namespace

std::vector<std::string> sweep_leftovers(const std::string& path) {
  for (const std::string& draft : numbered(path, kDraft)) {
    if (!is_left(draft)) continue;
    ::unlink(draft.c_str());
    remove_companions(draft);
  }
  std::vector<std::string> older;
  for (const std::string& aside : numbered(path, kAside))
    if (is_left(aside) && !came_back(path, aside)) older.push_back(aside);
  return older;
}

}  // namespace recount
