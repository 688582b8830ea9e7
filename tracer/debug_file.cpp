// find_debug_file: where distributions and objcopy put debug information that is not in the program
// itself.

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "tracer/elf_file.hpp"

namespace recount {
namespace {

const char* const kDebugRoot = "/usr/lib/debug";

std::optional<DebugFile> open_debug_file(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) return std::nullopt;
  ElfHandle elf = open_elf(fd.get());
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return std::nullopt;
  return DebugFile{std::move(fd), std::move(elf)};
}

std::optional<DebugFile> find_by_build_id(const std::string& build_id) {
  if (build_id.size() < 3) return std::nullopt;
  auto found = open_debug_file(kDebugRoot + std::string("/.build-id/") + build_id.substr(0, 2) +
                               '/' + build_id.substr(2) + ".debug");
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
  for (ssize_t got; (got = pread(fd, buffer.data(), buffer.size(), offset)) > 0; offset += got) {
    for (ssize_t i = 0; i < got; ++i) {
      crc = (crc >> 8) ^ table[(crc ^ buffer[static_cast<std::size_t>(i)]) & 0xff];
    }
  }
  return ~crc;
}

// The folder that the file was opened from; `path` may not exist in this namespace.
std::string folder_of(int fd, const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  const std::string real =
      size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : path;
  const std::size_t slash = real.rfind('/');
  return slash == std::string::npos ? "." : real.substr(0, slash);
}

std::optional<DebugFile> find_by_link(Elf* elf, int fd, const std::string& path,
                                      const std::string& build_id) {
  GElf_Word crc = 0;
  const char* link = dwelf_elf_gnu_debuglink(elf, &crc);
  if (link == nullptr || *link == '\0') return std::nullopt;
  const std::string name(link);
  if (name.find('/') != std::string::npos) return std::nullopt;
  const std::string folder = folder_of(fd, path);
  for (const std::string& candidate :
       {folder + '/', folder + "/.debug/", kDebugRoot + folder + '/'}) {
    auto found = open_debug_file(candidate + name);
    if (!found) continue;
    const std::string found_id = build_id_of(found->elf.get());
    const bool same_id = !build_id.empty() && found_id == build_id;
    if (same_id || crc32_of(found->fd.get()) == crc) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<DebugFile> find_debug_file(Elf* elf, int fd, const std::string& path) {
  const std::string build_id = build_id_of(elf);
  if (auto found = find_by_build_id(build_id)) return found;
  return find_by_link(elf, fd, path, build_id);
}

}  // namespace recount
