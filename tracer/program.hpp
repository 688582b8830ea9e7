// Finds the program to run, as a shell would, and says clearly why it can't be run before anything has been started.
#pragma once

#include <string>

namespace recount {

// `name` with a slash is a path; without one it is looked up in PATH (execvp(3)). Throws RecordError with exit status
// 127 if there is no such file, 126 if it is there but can't be run: a directory, no run bit, text without "#!".
std::string find_program(const std::string& name);

}  // namespace recount
