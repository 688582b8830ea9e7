// Reads the words that replay/text/scenario_words.hpp prints. A line that is not understood is a
// std::invalid_argument that quotes it.
#pragma once

#include <string_view>

#include "schema/machine/machine.hpp"
#include "schema/vocabulary/event.hpp"

namespace recount::scenario {

int error_number(std::string_view word);
Observation parse_observation(std::string_view line);
Rules parse_rules(std::string_view line);
ProbeTable parse_image(std::string_view line);

}  // namespace recount::scenario
