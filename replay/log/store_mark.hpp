// How a store of many runs (replay/store/) is told from a log.
#pragma once

#include <cstdint>
#include <string>

namespace recount {

inline constexpr std::int64_t kStoreId = 0x52435354;  // "RCST", PRAGMA application_id

bool is_store(const std::string& path);  // by the first bytes of the file

}  // namespace recount
