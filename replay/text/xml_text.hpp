// XML that is written as it goes.
#pragma once

#include <string>
#include <string_view>

namespace recount {

// `text` for an attribute in double quotes, or between two tags. What is harmful on a terminal
// (text.hpp) is escaped. What XML 1.0 has no way to say, the control characters below a blank and what
// is no UTF-8, becomes U+FFFD.
std::string xml_text(std::string_view text);
// The same between two tags only: line ends and tabs stay.
std::string xml_lines(std::string_view text);

}  // namespace recount
