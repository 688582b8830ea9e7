// The prose of recount-record(1), around the options.
#pragma once

#include <vector>

#include "schema/shared/command_text.hpp"

namespace recount {

std::vector<ManualText> recorder_manual();

}  // namespace recount
