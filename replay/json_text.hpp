// JSON that is written as it goes: reports are too long to be built in memory first.
#pragma once

#include <string>
#include <string_view>

namespace recount {

// `text` as a JSON string, quotes included. What is no UTF-8 in it becomes U+FFFD.
std::string json_text(std::string_view text);

}  // namespace recount
