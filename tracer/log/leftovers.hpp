// What recorders of that log left beside it that were killed at their start: drafts (FILE.new-N), and what stood at its place
// before (FILE.replaced-N), each with its journals. Those of a recorder that lives are left alone (file_lock.hpp).
//
// A draft goes. What was set aside comes back to FILE, if nothing is there but an empty log: its recorder never ran anything.
// If another log is there, it is an older one: its name is returned, and goes when FILE itself is replaced.
#pragma once

#include <string>
#include <vector>

namespace recount {

std::vector<std::string> sweep_leftovers(const std::string& path);

}  // namespace recount
