#include "tracer/also.hpp"

#include <elf.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace recount {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> fitting(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error)) return {name};
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(name.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

// An object file is none, nor is a file of debug information that stands for its program.
bool is_image(const fs::path& path) {
  std::array<char, EI_NIDENT + sizeof(Elf64_Half)> head{};
  Elf64_Half type = 0;
  if (path.extension() == ".debug" || !std::ifstream(path, std::ios::binary).read(head.data(), head.size()))
    return false;
  std::memcpy(&type, head.data() + EI_NIDENT, sizeof type);
  return std::memcmp(head.data(), ELFMAG, SELFMAG) == 0 && (type == ET_EXEC || type == ET_DYN);
}

void add_below(const fs::path& folder, std::map<std::string, bool>& files) {
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error))
    if (std::error_code ignored; at->is_regular_file(ignored) && !at->is_symlink(ignored) && is_image(at->path()))
      files.try_emplace(at->path().string(), false);
}

}  // namespace

std::vector<AlsoFile> also_files(const std::vector<std::string>& names, std::vector<std::string>& unknown) {
  std::map<std::string, bool> files;
  for (const std::string& name : names) {
    const std::vector<std::string> paths = fitting(name);
    if (paths.empty()) unknown.push_back(name);
    for (const std::string& path : paths) {
      std::error_code error;
      const fs::path real = fs::canonical(path, error);
      if (error) continue;
      if (fs::is_directory(real, error))
        add_below(real, files);
      else
        files[real.string()] = true;
    }
  }
  std::vector<AlsoFile> all;
  for (const auto& [path, is_told] : files) all.push_back({path, is_told});
  return all;
}

}  // namespace recount
