#include "tracer/process/mappings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
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
  std::uint64_t start = 0, end = 0, offset = 0, device = 0, inode = 0;
  std::string permissions, path;
  bool is_writable() const { return permissions[1] == 'w'; }
  bool is_executable() const { return permissions[2] == 'x'; }
  bool is_shared_memory() const { return path.starts_with("/SYSV"); }
};

// "START-END PERMISSIONS OFFSET MAJOR:MINOR INODE   PATH": numbers but the inode are hexadecimal.
std::optional<Line> parsed(std::string_view text) {
  const auto number = [&text](std::uint64_t& value, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
    return error == std::errc();
  };
  const auto word = [&text] {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return found;
  };
  Line line;
  if (!number(line.start, 16) || !number(line.end, 16)) return std::nullopt;
  line.permissions = word();
  if (line.permissions.size() < 3 || !number(line.offset, 16)) return std::nullopt;
  std::uint64_t major = 0, minor = 0;
  if (!number(major, 16) || !number(minor, 16) || !number(line.inode, 10)) return std::nullopt;
  line.device = major << 32 | minor;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  line.path = unescaped(std::string(text));
  return line;
}

template <typename Use>
void each_line(const std::string& maps, Use use) {
  for (std::size_t at = 0; at < maps.size();) {
    const std::size_t end = std::min(maps.find('\n', at), maps.size());
    if (auto line = parsed(std::string_view(maps).substr(at, end - at))) use(*line);
    at = end + 1;
  }
}

}  // namespace

std::vector<Mapping> executable_mappings(const std::string& maps) {
  std::vector<Mapping> mappings;
  each_line(maps, [&mappings](Line& line) {
    if (line.is_executable() && line.inode != 0 && !line.is_shared_memory())
      mappings.push_back({Address{line.start}, line.end - line.start, line.offset, line.inode, std::move(line.path),
                          line.is_writable()});
  });
  return mappings;
}

std::vector<std::uint64_t> shared_memory_in(const std::string& maps) {
  std::vector<std::uint64_t> ids;
  each_line(maps, [&ids](Line& line) {
    if (line.is_shared_memory()) ids.push_back(line.inode);
  });
  return ids;
}

std::vector<MappedImage> mapped_images(const std::string& maps) {
  std::vector<MappedImage> images;
  each_line(maps, [&images](Line& line) {
    if (line.inode == 0 && line.path != "[vdso]") return;
    const bool same =
        !images.empty() && images.back().inode == line.inode && images.back().path == line.path && line.offset != 0;
    if (!same) images.push_back({line.path, line.device, line.inode, Address{line.start}, {}, {}, {}});
    images.back().end = Address{line.end};
    if (!line.is_executable() || images.back().code_end != Address{}) return;
    images.back().code_start = Address{line.start};
    images.back().code_end = Address{line.end};
  });
  std::erase_if(images, [](const MappedImage& image) { return image.code_end == Address{}; });
  return images;
}

std::string place_of(Tid tid, const std::string& path, std::uint64_t inode) {
  const std::string below = proc_path(tid, "root") + path;
  struct stat info {};
  if (::stat(below.c_str(), &info) == 0 || errno != EACCES) return below;
  return ::stat(path.c_str(), &info) == 0 && info.st_ino == inode ? path : below;
}

}  // namespace recount
