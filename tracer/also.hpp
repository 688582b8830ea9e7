// What --also names: programs and libraries whose lines count although the run may never start them.
#pragma once

#include <string>
#include <vector>

namespace recount {

struct AlsoFile {
  std::string path;  // canonical
  bool is_told =
      true;  // why it has no lines: somebody has named it, or a glob that it fits, and not a folder around it
};

// A file stands for itself, a folder for all programs and shared libraries below it, and a glob (glob(7)) for what it fits. Each file
// once, by name; `unknown` gets the names that nothing is called.
std::vector<AlsoFile> also_files(const std::vector<std::string>& names, std::vector<std::string>& unknown);

}  // namespace recount
