// The files of /proc/PID (proc(5)), whole or their first bytes. Empty where there is nothing to be read: the process may be gone.
#pragma once

#include <string>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

std::string proc_path(Tid tid, const std::string& name);
std::string read_all(int file, std::size_t bytes_max = ~std::size_t{0});  // from where it is to its end
std::string read_proc_file(Tid tid, const std::string& name, std::size_t bytes_max = ~std::size_t{0});
// Those of "cmdline": each has a 0 behind it.
std::vector<std::string> read_proc_words(Tid tid, const std::string& name);
std::string read_proc_link(Tid tid, const std::string& name);

}  // namespace recount
