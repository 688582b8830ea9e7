// The lines that a patch adds or changes: what --changed narrows a report to.
//
//   const ChangedLines changed = ChangedLines::read(stream, "the.patch");
//   changed.narrow(report);
//
// A patch is a unified diff: of git diff, of git format-patch or git show, of diff -u. Its lines
// are those of the new side, which has to be what was compiled and recorded. New files, renames,
// deleted files, binary files, names in quotes, text around the diffs: as git writes them. The
// combined diff of a merge does not say which lines changed against one side; it is refused.
//
// Paths. From each name in the patch as many folders are stripped as --strip says; without it, one
// where the two sides have the prefixes of a git diff (a/ and b/; i/, w/, c/, o/, 1/, 2/ of
// diff.mnemonicPrefix). What is left is
// counted from the report's root, and, if the report has no file of the patch there, from the
// nearest folder above it where it has one.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "replay/coverage_report.hpp"

namespace recount {

class ChangedLines {
 public:
  using Lines = std::vector<std::uint32_t>;  // ascending

  // Throws FileError, which says the line of the patch, if it is no patch.
  static ChangedLines read(std::istream& patch, const std::string& name,
                           std::optional<std::uint32_t> strip = std::nullopt);

  const std::map<std::string, Lines>& files() const noexcept { return files_; }

  // Keeps the lines of `report` that the patch has. False if the patch has files and the report has
  // none of them: then somebody mixed up folders, or the patch touches no code.
  bool narrow(CoverageReport& report) const;

 private:
  using Paths = std::unordered_set<std::string_view>;
  bool any_below(const std::string& folder, const Paths& paths) const;
  std::optional<std::string> folder_of(const CoverageReport& report) const;

  std::map<std::string, Lines> files_;  // by path as in the patch, stripped
};

}  // namespace recount
