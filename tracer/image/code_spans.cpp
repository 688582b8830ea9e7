#include "tracer/image/code_spans.hpp"

#include <algorithm>

namespace recount {

// Sequences of other units may overlap only where a table is damaged.
std::vector<CodeSpan> apart(std::vector<CodeSpan> spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const CodeSpan& a, const CodeSpan& b) { return a.start < b.start; });
  for (std::size_t i = 0; i + 1 < spans.size(); ++i) spans[i].end = std::min(spans[i].end, spans[i + 1].start);
  std::erase_if(spans, [](const CodeSpan& span) { return span.start >= span.end; });
  return spans;
}

}  // namespace recount
