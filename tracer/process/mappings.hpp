// The file mappings of a process that may be executed, by /proc/PID/maps (proc(5)).
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
  std::string path;          // as the process's root folder has it; kDeleted is appended to one that is gone
  bool is_writable = false;
  bool is_deleted() const { return path.ends_with(kDeleted); }
};

std::vector<Mapping> executable_mappings(Tid tid);  // empty if the process is gone

// The identifiers of the System V segments that it has attached, each as often as that: they stand where a file's inode does
// (newseg, ipc/shm.c).
std::vector<std::uint64_t> shared_memory_in(Tid tid);

// A file with code, and where in memory its parts stand, taken together: from the first to the last of those that follow
// each other.
struct MappedImage {
  std::string path;         // "[vdso]": the kernel's
  std::uint64_t inode = 0;  // 0: it is no file
  Address start{}, end{};
  Address code_start{}, code_end{};  // the first part that may be executed
};

std::vector<MappedImage> mapped_images(const std::string& maps);  // ascending; `maps` is what /proc/PID/maps says

}  // namespace recount
