#include "replay/store/line_set.hpp"

#include "schema/log/packed_file.hpp"

namespace recount {

std::string packed_lines(const LineNumbers& lines) {
  std::string bits;
  for (const std::uint32_t line : lines) {
    if (line > kStoredLineMax) break;
    bits.resize(line / 8 + 1);
    bits.back() = static_cast<char>(static_cast<unsigned char>(bits.back()) | 1U << line % 8);
  }
  return zstd_packed(bits);
}

LineNumbers unpacked_lines(std::string_view packed) {
  LineNumbers lines;
  const std::string bits = zstd_unpacked(packed, kStoredLineMax / 8 + 1).value_or("");
  for (std::size_t byte = 0; byte < bits.size(); ++byte)
    for (unsigned bit = 0; bit < 8; ++bit)
      if ((static_cast<unsigned char>(bits[byte]) >> bit & 1U) != 0)
        lines.push_back(static_cast<std::uint32_t>(8 * byte + bit));
  return lines;
}

}  // namespace recount
