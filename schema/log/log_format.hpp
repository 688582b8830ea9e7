// What makes an SQLite file a Recount log, and the text of its schema.
#pragma once

#include <cstdint>
#include <string_view>

namespace recount {

inline constexpr std::int64_t kApplicationId = 0x52434e54;  // "RCNT", in the header of the file (PRAGMA application_id)
inline constexpr std::int64_t kSchemaVersion = 1;           // also PRAGMA user_version
// Of a log that was compacted: a reader that does not know its sums would miss the hits without a word.
inline constexpr std::int64_t kCompactedVersion = 2;
inline constexpr std::int64_t kSchemaMinor = 20;
inline constexpr std::int64_t kSourceBytesMax = 16 << 20;  // the text of a larger source is not kept

extern const std::string_view kTablesSql;  // schema/trace.sql
extern const std::string_view kViewsSql;   // schema/views.sql as it is; view_sql.hpp has what a log gets

}  // namespace recount
