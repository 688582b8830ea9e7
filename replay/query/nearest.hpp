// What somebody may have meant who wrote a name that there is not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recount {

// The candidate that differs in the fewest letters, written in whichever case; "" if none differs in few enough.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean NAME?", or nothing if the name is empty.
std::string did_you_mean(const std::string& name);

}  // namespace recount
