// Which line of one text is which of another: what `diff` of the two would call unchanged.
//
//   const LineMap map(before, after);
//   map.to(12)                               // the line's number in `after`; 0: it is not there any more
//   map.from(13)                             // the other way round
//
// Lines that both texts have once are anchors (patience diff, Bram Cohen); what lies between two of them is matched by its longest
// common subsequence, if it is small enough for a table of kTableMax cells, and else stays unmatched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace recount {

class LineMap {
 public:
  static constexpr std::size_t kTableMax = 1 << 20;

  LineMap() = default;  // each line is itself
  LineMap(std::string_view before, std::string_view after);

  std::uint32_t to(std::uint32_t line) const { return same_ ? line : at(to_, line); }
  std::uint32_t from(std::uint32_t line) const { return same_ ? line : at(from_, line); }

 private:
  using Lines = std::vector<std::uint32_t>;  // by number, from 1 on
  static std::uint32_t at(const Lines& lines, std::uint32_t line) { return line < lines.size() ? lines[line] : 0; }

  bool same_ = true;
  Lines to_, from_;
};

}  // namespace recount
