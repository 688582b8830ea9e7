#include "tracer/program.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tracer/base/error.hpp"
#include "tracer/base/unique_fd.hpp"

namespace recount {
namespace {

[[noreturn]] void cannot_run(const std::string& name, const std::string& why, int status) {
  throw RecordError("cannot start " + name + ": " + why, status);
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

std::string in_path(const std::string& name) {
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable ? variable : "/usr/local/bin:/bin:/usr/bin";
  std::string not_executable;
  while (true) {
    const auto colon = rest.find(':');
    const std::string folder(rest.substr(0, colon));
    const std::string path = (folder.empty() ? "." : folder) + "/" + name;
    if (is_file(path)) {
      if (::access(path.c_str(), X_OK) == 0) return path;
      if (not_executable.empty()) not_executable = path;
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (not_executable.empty()) cannot_run(name, "no such program in PATH", kExitNotFound);
  return not_executable;
}

// execve(2) says ENOEXEC for a file that is no binary format the kernel knows. A shell would interpret such a file
// itself; we name it, since which shell would be a guess.
void check_format(const std::string& name, const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return;  // runnable but not readable: the kernel will tell
  std::array<char, 4> head{};
  const auto got = ::read(file.get(), head.data(), head.size());
  if (got == 0) cannot_run(name, "the file is empty", kExitCannotRun);
  const bool script = got >= 2 && head[0] == '#' && head[1] == '!';
  const bool elf = got == 4 && std::memcmp(head.data(), "\177ELF", 4) == 0;
  const bool text = std::all_of(head.begin(), head.begin() + std::max<ssize_t>(got, 0),
                                [](unsigned char c) { return std::isprint(c) != 0 || std::isspace(c) != 0; });
  if (!script && !elf && text)
    cannot_run(name, "it is a text file without a '#!' line; name its interpreter: sh " + path, kExitCannotRun);
}

}  // namespace

std::string find_program(const std::string& name) {
  if (name.empty()) cannot_run("''", "the name is empty", kExitNotFound);
  const bool is_path = name.find('/') != std::string::npos;
  const std::string path = is_path ? name : in_path(name);
  if (::access(path.c_str(), F_OK) != 0)
    cannot_run(name, std::strerror(errno), errno == EACCES ? kExitCannotRun : kExitNotFound);
  if (is_directory(path)) cannot_run(name, "it is a directory", kExitCannotRun);
  if (::access(path.c_str(), X_OK) != 0)
    cannot_run(name, std::string(std::strerror(errno)) + "; make it executable: chmod +x " + path, kExitCannotRun);
  check_format(name, path);
  return path;
}

}  // namespace recount
