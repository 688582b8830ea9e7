// The texts of this room that are compiled in: what a store has, and the questions to it. They are files of SQL beside this one.
#pragma once

#include <string>
#include <string_view>

namespace recount {

extern const std::string kStoreSql;
std::string_view store_question(std::string_view name);  // empty: there is none

}  // namespace recount
