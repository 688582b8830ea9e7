// Where debug information is that is not in the program itself: it was split off by objcopy or a distribution, or is shared
// by several programs (dwz -m).
//
// A separate file of an ELF file is, in this order, the first of
//
//   DIR/.build-id/xx/yyy.debug     for each folder that was named, then /usr/lib/debug; xxyyy is its build id
//   DIR/LINK, DIR/NAME.debug       for each folder that was named: LINK is what .gnu_debuglink says, NAME the file's own
//   LINK, .debug/LINK              beside the file
//   /usr/lib/debug/FOLDER/LINK     FOLDER is the file's
//
// and counts only if it has the same build id, or if .gnu_debuglink's CRC is its own. Nothing is fetched from anywhere.
// Sections: "Separate Debug Files" in gdb's manual; .gnu_debugaltlink in dwz(1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/base/unique_fd.hpp"
#include "tracer/elf/elf_file.hpp"

namespace recount {

enum class DebugInfo : std::uint8_t {
  anywhere,
  by_build_id,  // in the file, or where its build id leads: one look for each folder
};

struct DebugFile {
  UniqueFd fd;
  ElfHandle elf;
};

std::optional<DebugFile> open_debug_file(const std::string& path);  // nullopt if it can't be opened, or is no ELF file

class DebugFolders {
 public:
  explicit DebugFolders(std::vector<std::string> named = {}) : named_(std::move(named)) {}

  const std::vector<std::string>& named() const noexcept { return named_; }
  // `fd` is of the file that `elf` reads; `path` is its name if that is gone.
  std::optional<DebugFile> find(Elf* elf, int fd, const std::string& path, DebugInfo where) const;
  std::optional<DebugFile> find_by_build_id(const std::string& build_id) const;
  // Where the package of the .dwo files of that program may be.
  std::vector<std::string> package_places(int fd, const std::string& path) const;

 private:
  std::optional<DebugFile> find_by_name(Elf* elf, int fd, const std::string& path, const std::string& build_id) const;

  std::vector<std::string> named_;
};

// What dwz moved out of several files into one: what .gnu_debugaltlink says, and what is there.
struct SharedDebugFile {
  std::string name;      // empty: none is asked for
  std::string build_id;  // that it must have
  bool other = false;    // there is a file of that name, with another build id
  std::optional<DebugFile> found;
};
// `folder` is the one that relative names count from: that of the file that `dwarf` reads.
SharedDebugFile shared_debug_file(Dwarf* dwarf, const std::string& folder, const DebugFolders& folders);

std::string real_path_of(int fd, const std::string& path);  // of the file that was opened; `path` if it has none
std::string folder_of(int fd, const std::string& path);     // of the file that was opened, with no '/' at its end

}  // namespace recount
