// --changed PATCH and --strip NUM, and --root DIR, from where the names in a patch are counted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replay/command/command.hpp"
#include "replay/coverage/patch.hpp"

namespace recount {

void add_changed_options(OptionTable& options, const std::string& meaning);

// Throws FileError if it cannot be read, UsageError for --strip without it.
std::optional<std::vector<PatchFile>> patch_option(const ParsedOptions& options);

std::optional<std::string> root_option(const ParsedOptions& options);  // an absolute path

}  // namespace recount
