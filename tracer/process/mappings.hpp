// What stands in the memory of a process: `maps` is what /proc/PID/maps (proc(5)) says, nothing if the process is gone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

constexpr std::string_view kDeleted = " (deleted)";

// Of a file, whether or not it is gone by now.
constexpr std::string_view without_deleted(std::string_view path) {
  return path.ends_with(kDeleted) ? path.substr(0, path.size() - kDeleted.size()) : path;
}

struct Mapping {
  Address start{};
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // in the file
  std::uint64_t inode = 0;
  std::string path;  // as the process's root folder has it; kDeleted is appended to one that is gone
  bool is_writable = false;
  bool is_deleted() const { return path.ends_with(kDeleted); }
};

std::vector<Mapping> executable_mappings(const std::string& maps);  // of files

// The identifiers of the System V segments that it has attached, each as often as that: they stand where a file's inode does
// (newseg, ipc/shm.c).
std::vector<std::uint64_t> shared_memory_in(const std::string& maps);

// A file with code, and where in memory its parts stand, taken together: from the first to the last of those that follow
// each other.
struct MappedImage {
  std::string path;          // "[vdso]": the kernel's
  std::uint64_t device = 0;  // the major number above the minor; of some file systems not the one that stat(2) tells
  std::uint64_t inode = 0;   // 0: it is no file
  Address start{}, end{};
  Address code_start{}, code_end{};  // the first part that may be executed
};

std::vector<MappedImage> mapped_images(const std::string& maps);  // ascending

// By what to open a file that the process has mapped: below its root folder. Where that is closed to us, as that of a process is which
// hides its memory, by the path alone, if that leads to the inode.
std::string place_of(Tid tid, const std::string& path, std::uint64_t inode);

}  // namespace recount
