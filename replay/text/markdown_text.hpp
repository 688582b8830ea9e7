// Text in Markdown, as GitHub and GitLab show it.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace recount {

// Visible text (text.hpp) that means nothing but itself, in a sentence or a cell of a table.
std::string markdown_text(std::string_view text);

// A report for people, of harmless text without colours: its first line becomes a heading, and so
// does, smaller, each line that begins with "N. "; the rest stands as it is, in blocks of code.
void write_as_markdown(std::ostream& out, const std::string& report);

}  // namespace recount
