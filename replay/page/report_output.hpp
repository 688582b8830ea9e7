// What programs wrote, as the page of a run has it: lines, without what only a terminal understands.
//
//   for (const OutputLine& line : kept_output(log, history)) ...
//
// A page has room for kBytesMax bytes and kLinesMax lines. What a stream has more than its share of, it lacks in its middle; a short
// stream is kept whole.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/recount/output_lines.hpp"

namespace recount {

inline constexpr std::int64_t kOutputBytesMax = 8 << 20;
inline constexpr std::size_t kOutputLinesMax = 200'000;

std::vector<OutputLine> kept_output(const LogFile& log, const History& history,
                                    std::int64_t bytes_max = kOutputBytesMax, std::size_t lines_max = kOutputLinesMax);

}  // namespace recount
