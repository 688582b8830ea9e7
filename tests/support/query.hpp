// What SQLite answers about a log, as rows of text: the way in which a user's sqlite3 sees it.
#pragma once

#include <string>
#include <vector>

namespace recount::test {

using Row = std::vector<std::string>;  // NULL is "null"

// Opens the file read-only. What SQLite says against the file or the statement is thrown, with the
// statement.
std::vector<Row> query(const std::string& log, const std::string& sql);

// The one value of the one row.
std::string value(const std::string& log, const std::string& sql);

std::string quoted(const std::string& text);  // as an SQL string

}  // namespace recount::test
