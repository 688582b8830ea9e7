#include "tracer/elf/debug_file.hpp"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>

namespace recount {
namespace {

const std::string kDebugRoot = "/usr/lib/debug";

std::string hexadecimal(const void* bytes, ssize_t size) {
  std::string text;
  for (ssize_t i = 0; i < size; ++i) {
    const std::uint8_t byte = static_cast<const std::uint8_t*>(bytes)[i];
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::optional<DebugFile> open_with_build_id(const std::string& path, const std::string& build_id) {
  auto found = open_debug_file(path);
  if (found && build_id_of(found->elf.get()) != build_id) found.reset();
  return found;
}

// The checksum of .gnu_debuglink: CRC-32 with the reflected polynomial 0xedb88320.
std::uint32_t crc32_of(int fd) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0);
    table[i] = value;
  }
  std::uint32_t crc = 0xffffffff;
  std::vector<std::uint8_t> buffer(1 << 16);
  off_t offset = 0;
  for (ssize_t got; (got = ::pread(fd, buffer.data(), buffer.size(), offset)) > 0; offset += got) {
    for (ssize_t i = 0; i < got; ++i) {
      crc = (crc >> 8) ^ table[(crc ^ buffer[static_cast<std::size_t>(i)]) & 0xff];
    }
  }
  return ~crc;
}

struct Link {        // .gnu_debuglink
  std::string name;  // empty if there is none
  GElf_Word crc = 0;
};

Link link_of(Elf* elf) {
  Link link;
  const char* const name = dwelf_elf_gnu_debuglink(elf, &link.crc);
  if (name != nullptr) link.name = name;
  if (link.name.find('/') != std::string::npos) link.name.clear();
  return link;
}

bool belongs(const DebugFile& file, const Link& link, const std::string& build_id) {
  if (!build_id.empty() && build_id_of(file.elf.get()) == build_id) return has_debug_info(file.elf.get());
  return !link.name.empty() && crc32_of(file.fd.get()) == link.crc;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::optional<DebugFile> open_debug_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return std::nullopt;
  ElfHandle elf = open_elf(fd.get());
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return std::nullopt;
  return DebugFile{std::move(fd), std::move(elf)};
}

// `path` may not exist in this mount namespace.
std::string real_path_of(int fd, const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : path;
}

std::string folder_of(int fd, const std::string& path) {
  const std::string real = real_path_of(fd, path);
  const std::size_t slash = real.rfind('/');
  return slash == std::string::npos ? "." : real.substr(0, slash);
}

std::optional<DebugFile> DebugFolders::find_by_build_id(const std::string& build_id) const {
  if (build_id.size() < 3) return std::nullopt;
  const std::string place = "/.build-id/" + build_id.substr(0, 2) + '/' + build_id.substr(2) + ".debug";
  for (const std::string& folder : named_)
    if (auto found = open_with_build_id(folder + place, build_id)) return found;
  return open_with_build_id(kDebugRoot + place, build_id);
}

std::optional<DebugFile> DebugFolders::find(Elf* elf, int fd, const std::string& path, DebugInfo where) const {
  const std::string build_id = build_id_of(elf);
  auto found = find_by_build_id(build_id);
  if (!found && where == DebugInfo::anywhere) found = find_by_name(elf, fd, path, build_id);
  return found;
}

std::optional<DebugFile> DebugFolders::find_by_name(Elf* elf, int fd, const std::string& path,
                                                    const std::string& build_id) const {
  const Link link = link_of(elf);
  std::vector<std::string> places;
  for (const std::string& folder : named_) {
    if (!link.name.empty()) places.push_back(folder + '/' + link.name);
    places.push_back(folder + '/' + name_of(path) + ".debug");
  }
  const std::string folder = folder_of(fd, path);
  if (!link.name.empty())
    for (const std::string& place : {folder + '/', folder + "/.debug/", kDebugRoot + folder + '/'})
      places.push_back(place + link.name);
  for (const std::string& place : places)
    if (auto found = open_debug_file(place); found && belongs(*found, link, build_id)) return found;
  return std::nullopt;
}

std::vector<std::string> DebugFolders::package_places(int fd, const std::string& path) const {
  std::vector<std::string> places{real_path_of(fd, path) + ".dwp"};
  for (const std::string& folder : named_) places.push_back(folder + '/' + name_of(path) + ".dwp");
  return places;
}

SharedDebugFile shared_debug_file(Dwarf* dwarf, const std::string& folder, const DebugFolders& folders) {
  SharedDebugFile shared;
  const char* name = nullptr;
  const void* bytes = nullptr;
  const ssize_t size = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bytes);
  if (size <= 0 || name == nullptr) return shared;
  shared.name = name;
  shared.build_id = hexadecimal(bytes, size);
  shared.found = folders.find_by_build_id(shared.build_id);
  if (shared.found) return shared;
  std::vector<std::string> places{name[0] == '/' ? shared.name : folder + '/' + shared.name};
  for (const std::string& named : folders.named()) places.push_back(named + '/' + name_of(shared.name));
  for (const std::string& place : places) {
    shared.found = open_with_build_id(place, shared.build_id);
    if (shared.found) return shared;
  }
  shared.other = static_cast<bool>(open_debug_file(places.front()));
  return shared;
}

}  // namespace recount
