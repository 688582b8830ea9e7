// The real readers of our reports, where they are installed.
//
// A test case that needs one begins with
//
//   if (!have("gcovr")) return;
//
// Where it is missing, the output says so in the words that CTest knows as "skipped", and the whole
// CTest test is shown as such: the cases of one consumer are one of them (tests/CMakeLists.txt).
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.hpp"

namespace recount::test {

bool have(const std::string& tool);                // a command
bool have_module(const std::string& module);       // of Python
bool have_node_module(const std::string& module);  // on NODE_PATH, or global
bool have_file(const std::string& path);           // and what it is for is in the path

std::string gcovr_format();  // that the gcovr which is there reads

// The lines of what lcov or genhtml told that warn of something, but for one: lcov 2 says of each tracefile without the last lines
// of functions that it was written by an old gcov.
std::string warnings_in(const std::string& told);

// Runs it, by its name, and returns what it wrote. A test fails at once if it does.
std::string consume(const std::vector<std::string>& arguments, const std::string& folder = ".");

}  // namespace recount::test
