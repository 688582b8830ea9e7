// A patch, as its lines say it: which files it changes, and where, by the numbers of both sides.
//
//   for (const PatchFile& file : read_patch(stream, "the.patch")) ...
//
// A patch is a unified diff: of git diff, of git format-patch or git show, of diff -u. New files,
// renames, deleted files, binary files, names in quotes, text around the diffs: as git writes them.
// The combined diff of a merge does not say which lines changed against one side; it is refused.
//
// Paths. From each name in the patch as many folders are stripped as `strip` says; without it, one
// where the two sides have the prefixes of a git diff (a/ and b/; i/, w/, c/, o/, 1/, 2/ of
// diff.mnemonicPrefix). folder_of() finds where they are counted from.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace recount {

struct PatchFile {
  std::string old_name;                // empty: the file is new
  std::string new_name;                // empty: the file is deleted
  std::vector<std::uint32_t> added;    // lines of the new side, ascending
  std::vector<std::uint32_t> removed;  // lines of the old side, ascending
  std::vector<std::uint32_t> gaps;     // old lines behind which lines come and none goes; 0: before the first
};

// Throws FileError, which says the line of the patch, if it is no patch. A file may come twice.
std::vector<PatchFile> read_patch(std::istream& patch, const std::string& name,
                                  std::optional<std::uint32_t> strip = std::nullopt);

// The folder that the names are counted from: `root`, or the nearest above it, where a file of
// theirs is known; none if there is none.
std::optional<std::string> folder_of(const std::vector<std::string>& names, std::string root,
                                     const std::function<bool(const std::string&)>& is_known);
std::string path_below(const std::string& folder,
                       const std::string& path);  // an absolute path stays

}  // namespace recount
