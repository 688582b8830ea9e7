// What may be asked, as `schema`, `query --list` and the shell tell it.
#pragma once

#include <iosfwd>
#include <string>

namespace recount {

void write_view_list(std::ostream& out);                             // each view, and what it has
void write_view_manual(std::ostream& out, const std::string& view);  // throws UsageError: there is none of that name
void write_query_list(std::ostream& out);                            // each query that has a name, and its question
std::string named_statement(const std::string& word);                // of @NAME; throws UsageError

}  // namespace recount
