// The command suspect, as main.cpp lists it.
#pragma once

#include "replay/command.hpp"

namespace recount {

FormatNames suspect_formats();
void add_suspect_options(cxxopts::Options& options);
int run_suspect(const LogsRequest& request);

}  // namespace recount
