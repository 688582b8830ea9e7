// The tests that ctest has, from what `ctest --show-only=json-v1` prints: ctest tells their names to nobody else.
// The format: cmake.org, ctest(1), "Show as JSON Object Model"; kind "ctestInfo", version 1.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace recount {

struct TestCommand {
  std::string name;
  std::string argv;  // a JSON array, as in trace_exec
};

struct CtestList {
  std::vector<TestCommand> tests;
  std::size_t without_command = 0;  // tests whose program was not there: nothing can be known by their command line
};

// Throws std::runtime_error for other text: the reason.
CtestList ctest_list(std::string_view json);

// Of a file. The reason, in what is thrown, names no file.
CtestList read_ctest_list(const std::string& path);
std::vector<TestCommand> read_ctest_tests(const std::string& path);

}  // namespace recount
