#include "tracer/process/mappings.hpp"

#include <optional>
#include <sstream>
#include <utility>

#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

// A line feed in a name is written as \012; nothing else is changed (seq_file_path, fs/seq_file.c).
std::string unescaped(std::string path) {
  for (std::size_t at = path.find("\\012"); at != std::string::npos; at = path.find("\\012", at + 1)) {
    path.erase(at, 3);
    path[at] = '\n';
  }
  return path;
}

struct Line {
  std::uint64_t start = 0, end = 0, offset = 0, inode = 0;
  std::string permissions, path;
  bool is_writable() const { return permissions[1] == 'w'; }
  bool is_executable() const { return permissions[2] == 'x'; }
};

std::optional<Line> parsed(const std::string& text) {
  std::istringstream words(text);
  Line line;
  std::string device;
  char dash = 0;
  words >> std::hex >> line.start >> dash >> line.end >> line.permissions >> line.offset >> device >> std::dec >>
      line.inode;
  if (!words || line.permissions.size() < 3) return std::nullopt;
  std::getline(words >> std::ws, line.path);
  line.path = unescaped(std::move(line.path));
  return line;
}

}  // namespace

std::vector<Mapping> executable_mappings(Tid tid) {
  std::vector<Mapping> mappings;
  std::istringstream lines(read_proc_file(tid, "maps"));
  for (std::string text; std::getline(lines, text);)
    if (auto line = parsed(text); line && line->is_executable() && line->inode != 0)
      mappings.push_back(
          {Address{line->start}, line->end - line->start, line->offset, std::move(line->path), line->is_writable()});
  return mappings;
}

std::vector<MappedImage> mapped_images(const std::string& maps) {
  std::vector<MappedImage> images;
  std::istringstream lines(maps);
  for (std::string text; std::getline(lines, text);) {
    const auto line = parsed(text);
    if (!line || (line->inode == 0 && line->path != "[vdso]")) continue;
    const bool same =
        !images.empty() && images.back().inode == line->inode && images.back().path == line->path && line->offset != 0;
    if (!same) images.push_back({line->path, line->inode, Address{line->start}, {}, {}, {}});
    images.back().end = Address{line->end};
    if (!line->is_executable() || images.back().code_end != Address{}) continue;
    images.back().code_start = Address{line->start};
    images.back().code_end = Address{line->end};
  }
  std::erase_if(images, [](const MappedImage& image) { return image.code_end == Address{}; });
  return images;
}

}  // namespace recount
