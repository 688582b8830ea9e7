#include "tracer/image/code_spans.hpp"

#include <algorithm>
#include <iterator>

namespace recount {

// Sequences of other units may overlap only where a table is damaged.
std::vector<CodeSpan> apart(std::vector<CodeSpan> spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const CodeSpan& a, const CodeSpan& b) { return a.start < b.start; });
  for (std::size_t i = 0; i + 1 < spans.size(); ++i) spans[i].end = std::min(spans[i].end, spans[i + 1].start);
  std::erase_if(spans, [](const CodeSpan& span) { return span.start >= span.end; });
  return spans;
}

const CodeSpan* span_at(const std::vector<CodeSpan>& spans, std::uint64_t address) {
  const auto after = std::upper_bound(spans.begin(), spans.end(), address,
                                      [](std::uint64_t value, const CodeSpan& span) { return value < span.start; });
  return after != spans.begin() && address < std::prev(after)->end ? &*std::prev(after) : nullptr;
}

}  // namespace recount
