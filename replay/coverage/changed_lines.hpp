// The lines that a patch adds or changes: what --changed narrows a report to.
//
//   const ChangedLines changed(read_patch(stream, "the.patch"));
//   changed.narrow(report);
//
// Its lines are those of the new side of the patch (patch.hpp), which has to be what was compiled
// and recorded. Its names are counted from the report's root, and, if the report has no file of the
// patch there, from the nearest folder above it where it has one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "replay/coverage/coverage_report.hpp"
#include "replay/coverage/patch.hpp"

namespace recount {

class ChangedLines {
 public:
  using Lines = std::vector<std::uint32_t>;  // ascending

  explicit ChangedLines(const std::vector<PatchFile>& patch);

  const std::map<std::string, Lines>& files() const noexcept { return files_; }

  // Keeps the lines of `report` that the patch has. False if the patch has files and the report has
  // none of them: then somebody mixed up folders, or the patch touches no code.
  bool narrow(CoverageReport& report) const;

 private:
  std::optional<std::string> folder_in(const CoverageReport& report) const;

  std::map<std::string, Lines> files_;  // by path as in the patch, stripped
};

}  // namespace recount
