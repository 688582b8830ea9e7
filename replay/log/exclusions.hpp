// The lines that a source itself takes out of the reports, with the marks that lcov and gcovr read:
//
//   abort();                     // LCOV_EXCL_LINE         this line
//   if (broken()) {              // LCOV_EXCL_START        from this line ...
//     repair();
//   }
//   go_on();                     // LCOV_EXCL_STOP         ... up to the one before this
//   void dump(void)              // GCOVR_EXCL_FUNCTION    the function that begins on this line
//
// GCOVR_EXCL_ and GCOV_EXCL_ mean the same; a region is ended by the mark of its own kind. One that
// is never ended reaches to the end of the file, and unclosed() says where it began. Marks about
// branches (LCOV_EXCL_BR_LINE) are none of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace recount {

class Exclusions {
 public:
  explicit Exclusions(std::string_view text);

  bool has(std::uint32_t line) const;
  bool begins_function(std::uint32_t line) const { return functions_.contains(line); }  // that is taken out as a whole
  bool empty() const noexcept { return ranges_.empty() && functions_.empty(); }
  std::optional<std::uint32_t> unclosed() const noexcept { return unclosed_; }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;  // first line, the one after the last
  std::set<std::uint32_t> functions_;
  std::optional<std::uint32_t> unclosed_;
};

}  // namespace recount
