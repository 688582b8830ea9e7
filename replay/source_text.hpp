// The text of a source file, for the reports that show it.
//
//   SourceText sources;  if (const auto text = sources.text("/src/a.c")) ...
//
// It is read from the disk, under the path that the log has. What is not there, no ordinary file,
// not readable, or larger than kBytesMax has no text; a report then does without.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace recount {

class SourceText {
 public:
  static constexpr std::size_t kBytesMax = 32
                                           << 20;  // the largest sources of the world have 10 MiB

  std::optional<std::string> text(const std::string& file) const;
};

}  // namespace recount
