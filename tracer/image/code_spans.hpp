// Which line each piece of code belongs to, by all rows of the line tables, statements or not.
#pragma once

#include <cstdint>
#include <vector>

namespace recount {

struct CodeSpan {  // code of one line
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  bool is_plain = false;  // by gcc, not optimized
};

// Ascending and apart. Of rows at one address the last counts.
std::vector<CodeSpan> apart(std::vector<CodeSpan> spans);

// Of spans that are; nullptr: the address is in none.
const CodeSpan* span_at(const std::vector<CodeSpan>& spans, std::uint64_t address);

}  // namespace recount
