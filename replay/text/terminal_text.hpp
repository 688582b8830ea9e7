// What programs print for a terminal, as text without one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace recount {

// Without the sequences that choose colours. Other escapes stay, and are for visible() to make harmless.
std::string without_colours(std::string_view text);

// One line as a terminal shows it: without escape sequences, and of what a carriage return overwrites, the last.
std::string shown_line(std::string_view line);

// How many bytes at the end begin a character of UTF-8 that is not complete: two writes may share one.
std::size_t incomplete_bytes(std::string_view text);

}  // namespace recount
