#include "replay/log/store_mark.hpp"

#include <array>
#include <fstream>
#include <string_view>

namespace recount {

// SQLite keeps it at a fixed place: https://www.sqlite.org/fileformat.html, "Application ID".
bool is_store(const std::string& path) {
  constexpr std::size_t kIdAt = 68;
  std::array<char, kIdAt + 4> head{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(head.data(), head.size()) || !std::string_view(head.data(), 16).starts_with("SQLite format 3"))
    return false;
  std::int64_t id = 0;
  for (std::size_t i = kIdAt; i < head.size(); ++i) id = id << 8 | static_cast<unsigned char>(head[i]);
  return id == kStoreId;
}

}  // namespace recount
