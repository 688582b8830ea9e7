// Packs .dwo files of DWARF 5 into a .dwp by the format's description (DWARF 5, section 7.3.5): of
// the tools of Debian 12, dwp crashes on any of these files and llvm-dwp never comes back from
// those of gcc.
#pragma once

#include <string>
#include <vector>

#include "tests/support/image_folder.hpp"

namespace recount::test {

// The names are in the folder. 32-bit DWARF with one unit in each, and no types of their own.
void pack(const Folder& folder, const std::vector<std::string>& dwos, const std::string& package);

}  // namespace recount::test
