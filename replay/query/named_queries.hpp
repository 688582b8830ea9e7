// The questions that have a name: `recount-replay query LOG @slowest`. Each is a file in
// replay/queries/, compiled in: a comment of one line that says what it answers, and one statement
// over the promised views.
#pragma once

#include <string_view>
#include <vector>

namespace recount {

struct NamedQuery {
  std::string_view name;
  std::string_view sql;  // the whole file

  std::string_view sentence() const { return sql.substr(3, sql.find('\n') - 3); }
};

const std::vector<NamedQuery>& named_queries();       // in the order of --list
const NamedQuery* find_query(std::string_view name);  // null: there is none

}  // namespace recount
