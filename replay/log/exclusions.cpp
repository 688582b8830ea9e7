#include "replay/log/exclusions.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace recount {
namespace {

constexpr std::string_view kMark = "_EXCL_";
constexpr std::array<std::string_view, 3> kKinds{"LCOV", "GCOVR", "GCOV"};

// The kind whose name stands before the mark.
std::optional<std::size_t> kind_before(std::string_view before) {
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
    if (before.ends_with(kKinds[kind])) return kind;
  return std::nullopt;
}

}  // namespace

Exclusions::Exclusions(std::string_view text) {
  constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
  std::array<std::uint32_t, kKinds.size()> open{};  // the line of a START, 0: none
  std::uint32_t line = 1;
  std::size_t counted = 0;
  for (std::size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at + 1)) {
    line += static_cast<std::uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                  text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    const auto kind = kind_before(text.substr(0, at));
    if (!kind) continue;
    const std::string_view what = text.substr(at + kMark.size(), 5);
    std::uint32_t& start = open[*kind];
    if (text.substr(at + kMark.size()).starts_with("FUNCTION")) functions_.insert(line);
    if (what.starts_with("LINE")) ranges_.emplace_back(line, line + 1);
    if (what == "START" && start == 0) start = line;
    if (!what.starts_with("STOP") || start == 0) continue;
    if (start != line) ranges_.emplace_back(start, line);
    start = 0;
  }
  for (const std::uint32_t start : open) {
    if (start == 0) continue;
    ranges_.emplace_back(start, kEnd);
    unclosed_ = std::min(start, unclosed_.value_or(kEnd));
  }
}

// There are few in a file, and most files have none.
bool Exclusions::has(std::uint32_t line) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [line](const auto& range) { return range.first <= line && line < range.second; });
}

}  // namespace recount
