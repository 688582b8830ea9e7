// The tests that ctest has, from what `ctest --show-only=json-v1` prints: ctest tells their names to nobody else.
// The format: cmake.org, ctest(1), "Show as JSON Object Model"; kind "ctestInfo", version 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recount {

struct TestCommand {
  std::string name;
  std::string argv;  // a JSON array, as in trace_exec
};

// Tests without a command, whose program is not there, are left out. Throws std::runtime_error for other text: the reason.
std::vector<TestCommand> ctest_tests(std::string_view json);

// Of a file. The reason, in what is thrown, names no file.
std::vector<TestCommand> read_ctest_tests(const std::string& path);

}  // namespace recount
