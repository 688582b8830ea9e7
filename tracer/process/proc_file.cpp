#include "tracer/process/proc_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tracer/base/unique_fd.hpp"

namespace recount {

std::string proc_path(Tid tid, const std::string& name) { return "/proc/" + std::to_string(raw(tid)) + "/" + name; }

std::string read_proc_file(Tid tid, const std::string& name, std::size_t bytes_max) {
  const UniqueFd file(::open(proc_path(tid, name).c_str(), O_RDONLY | O_CLOEXEC));
  return file ? read_all(file.get(), bytes_max) : std::string();
}

std::string read_all(int file, std::size_t bytes_max) {
  std::string content;
  std::array<char, 4096> buffer{};
  while (content.size() < bytes_max) {
    const ssize_t got = ::read(file, buffer.data(), std::min(buffer.size(), bytes_max - content.size()));
    if (got <= 0) break;
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

std::vector<std::string> read_proc_words(Tid tid, const std::string& name) {
  const std::string content = read_proc_file(tid, name);
  std::vector<std::string> words;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\0', at), content.size());
    words.push_back(content.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string read_proc_link(Tid tid, const std::string& name) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::readlink(proc_path(tid, name).c_str(), buffer.data(), buffer.size());
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace recount
