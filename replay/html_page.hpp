// The page that --format html writes, as it stands in replay/page/: a frame with places for the
// style, the script and the data. It names no other file, and its policy forbids to load any.
#pragma once

#include <string_view>

namespace recount {

extern const std::string_view kPageFrame;   // with {{STYLE}}, {{DATA}} and {{SCRIPT}}, in this order
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace recount
