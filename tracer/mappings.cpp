#include "tracer/mappings.hpp"

#include <sstream>

#include "tracer/proc_file.hpp"

namespace recount {
namespace {

// A line feed in a name is written as \012; nothing else is changed (seq_file_path, fs/seq_file.c).
std::string unescaped(std::string path) {
  for (std::size_t at = path.find("\\012"); at != std::string::npos; at = path.find("\\012", at + 1))
    path.replace(at, 4, "\n");
  return path;
}

}  // namespace

std::vector<Mapping> executable_mappings(Tid tid) {
  std::vector<Mapping> mappings;
  std::istringstream lines(read_proc_file(tid, "maps"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::uint64_t start = 0, end = 0, offset = 0, inode = 0;
    char dash = 0;
    std::string permissions, device;
    words >> std::hex >> start >> dash >> end >> permissions >> offset >> device >> std::dec >> inode;
    if (!words || permissions.size() < 3 || permissions[2] != 'x' || inode == 0) continue;
    std::string path;
    std::getline(words >> std::ws, path);
    mappings.push_back({Address{start}, end - start, offset, unescaped(std::move(path))});
  }
  return mappings;
}

}  // namespace recount
