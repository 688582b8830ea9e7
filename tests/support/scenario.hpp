// Plays the scenarios of tests/scenarios: their form is told in replay/text/scenario_text.hpp.
//
// play() steps the machine through the observations and answers with the same text, in which the
// lines beneath are what the machine says now. A scenario holds if that is the text that it was.
#pragma once

#include <string>

#include "replay/text/scenario_text.hpp"

namespace recount::scenario {

std::string play(const std::string& text);

}  // namespace recount::scenario
