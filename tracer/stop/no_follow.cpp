#include "tracer/stop/no_follow.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <array>

#include "tracer/base/unique_fd.hpp"
#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool matches(const std::string& glob, const std::string& name) {
  return !name.empty() && ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

std::string NoFollow::glob_for(const std::string& given, const std::string& file) const {
  for (const std::string& glob : globs_)
    for (const std::string& name : {given, last_part(given), file, last_part(file)})
      if (matches(glob, name)) return glob;
  return {};
}

std::string name_given_to_exec(Tid tid, std::uint64_t address) {
  const UniqueFd memory(::open(proc_path(tid, "mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};  // PATH_MAX; the stack ends soon behind it, and the read with the stack
  if (!memory) return {};
  const ssize_t got = ::pread(memory.get(), text.data(), text.size() - 1, static_cast<off_t>(address));
  return got > 0 ? std::string(text.data()) : std::string();
}

}  // namespace recount
