// An empty log: the schema and the vocabulary, and no run. It is made when Recount is built, since to make its hundred tables and
// views takes SQLite 5 ms.
//
// To read them takes it another 1 ms, and most of that goes into the views. So the bytes have the tables only. A connection that has
// read these, and has written the run, adds the views as rows of sqlite_schema (PRAGMA writable_schema), which it does not read again.
#pragma once

#include <span>
#include <string_view>

#include "schema/log/sqlite.hpp"

namespace recount {

struct ViewText {
  std::string_view name;
  std::string_view sql;  // as sqlite_schema has it
};

std::string_view empty_log_image() noexcept;  // the bytes of the file, without the views
std::span<const ViewText> empty_log_views() noexcept;
void add_views(Database& database);  // to what was such a file; in a transaction of the caller's

}  // namespace recount
