// The commands that there are, and the options of each: what the command line, --help, the
// completions and the manual page are made of.
#pragma once

#include <span>
#include <string>

#include "replay/command/command.hpp"

namespace recount {

std::span<const Command> all_commands();               // the first is what runs without a command
const Command* find_command(const std::string& name);  // null: there is none
OptionTable options_of(const Command& command);
std::string formats_text(const FormatNames& formats,
                         const char* conjunction);  // "text, lcov or json"

}  // namespace recount
