// merge: one log of several.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "replay/command/command.hpp"
#include "replay/log/merge.hpp"

namespace recount {
namespace {

// The file that will be the merged log. It is written beside its place and appears there whole.
class Place {
 public:
  Place(std::string path, bool replace)
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
  ~Place() {
    if (!beside_.empty()) ::unlink(beside_.c_str());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const std::string& beside() const noexcept { return beside_; }

  // A journal that stands there is that of the log before, and would be rolled into this one; that log goes before it.
  void fill() {
    if (replace_) ::unlink(path_.c_str());
    for (const char* const companion : kSqliteCompanions)
      if (::access(path_.c_str(), F_OK) != 0) ::unlink((path_ + companion).c_str());
    if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, path_.c_str(), replace_ ? 0 : RENAME_NOREPLACE) != 0)
      fail("cannot be put in its place", errno);
    beside_.clear();
  }

 private:
  [[noreturn]] void fail(const char* what, int error) const {
    throw FileError(path_, std::string(what) + ", " + std::strerror(error) + "; name a file in a folder of your own");
  }
  std::string path_, beside_;
  bool replace_;
};

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat one {
  }, other{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

void write_report(const LogsRequest& request, const LogFile& log) {
  Output output("");
  std::uint64_t events = 0;
  Json runs = Json::array();
  for (const RunRecord& run : log.runs()) {
    events += run.last_seq + 1 - run.first_seq;
    Json& json = runs.emplace_back(run_json(run));
    json["first_seq"] = run.first_seq;
    json["events"] = run.last_seq + 1 - run.first_seq;
  }
  if (request.format == "json")
    write_json(output.stream(), {{"log", request.output}, {"events", events}, {"runs", runs}});
  else
    output.stream() << visible(request.output) << ": " << count_text(log.runs().size(), "run") << ", "
                    << count_text(events, "event") << '\n';
  output.commit();
}

}  // namespace

void add_merge_options(OptionTable& options) { options.add_options()("force", "replace FILE if it is there already"); }

int run_merge(const LogsRequest& request) {
  if (request.output.empty()) throw UsageError("name the merged log with -o FILE");
  for (const std::string& path : request.paths)
    if (is_same_file(path, request.output))
      throw UsageError(path + " is one of the logs to be merged, and those are not changed");
  Place place(request.output, request.options.count("force") != 0);
  Merger merger(place.beside());
  for (const std::string& path : request.paths) merger.add(LogFile(path));
  for (const std::string& remark : merger.remarks()) std::cerr << "recount-replay: " << visible(remark) << '\n';
  const LogFile log(request.output, merger.take());
  place.fill();
  write_report(request, log);
  return kYes;
}

}  // namespace recount
