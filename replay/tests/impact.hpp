// Which tests a patch may break: those that ran a line of what it changes, as it was recorded.
//
//   Impact impact(read_patch(stream, "the.patch"));
//   impact.code("/src/a.c", 12);  ...            // each line of code that the log knows
//   impact.place("/src");                        // the source roots' folder; no more code then
//   if (impact.ran("/src/a.c", 12)) ...          // each line that a test ran: does the patch
//   change it?
//
// The log was recorded before the patch, so its lines are those of the old side. A line that goes
// or is replaced is one that changes; where lines are only added, the nearest lines of code above
// and below are. A line that begins no statement (the second line of one, a comment) stands for the
// nearest line of code above it: rather a test too many than one too few.
//
// Memory: the numbers of the lines of code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replay/coverage/patch.hpp"

namespace recount {

class Impact {
 public:
  using Lines = std::vector<std::uint32_t>;  // ascending

  explicit Impact(std::vector<PatchFile> patch) : patch_(std::move(patch)) {}
  void code(const std::string& file, std::uint32_t line) { code_[file].push_back(line); }
  void place(const std::string& root);
  bool ran(const std::string& file, std::uint32_t line);  // true: the patch changes it

  // What no test is known for. Files are named as in the log, new ones and unknown ones as in the
  // patch.
  std::map<std::string, Lines> not_run() const;                             // lines of code that no test ran
  const std::map<std::string, Lines>& no_code() const { return no_code_; }  // lines with no code above
  const std::set<std::string>& unknown() const { return unknown_; }         // files without a line of code in the log
  const std::set<std::string>& added() const { return new_; }               // files that are new

 private:
  std::optional<std::string> folder(const std::string& root) const;
  void place_file(const PatchFile& file, const std::string& path, const Lines& code);

  std::vector<PatchFile> patch_;
  std::map<std::string, Lines> code_;
  std::map<std::string, std::map<std::uint32_t, bool>> changed_;  // lines of code: did a test run it?
  std::map<std::string, Lines> no_code_;
  std::set<std::string> unknown_, new_;
};

}  // namespace recount
