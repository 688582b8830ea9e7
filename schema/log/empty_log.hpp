// An empty log: the schema and the vocabulary, and no run. It is made when Recount is built, since to make its hundred tables and
// views takes SQLite 5 ms, and to read them 1.
#pragma once

#include <string_view>

namespace recount {

std::string_view empty_log_image() noexcept;  // the bytes of the file

}  // namespace recount
