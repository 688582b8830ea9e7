// Numbers of lines as a store keeps them: bit N % 8 of byte N / 8 is set if line N is one of them, packed by zstd.
//
//   const std::string packed = packed_lines({3, 4, 9});
//   unpacked_lines(packed)                                       // {3, 4, 9}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recount {

using LineNumbers = std::vector<std::uint32_t>;  // ascending

inline constexpr std::uint32_t kStoredLineMax = 1 << 24;  // lines beyond it are left out

std::string packed_lines(const LineNumbers& lines);
LineNumbers unpacked_lines(std::string_view packed);  // none of what is no such set

}  // namespace recount
