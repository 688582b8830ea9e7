#include "tests/support/consumer.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <iostream>
#include <sstream>

namespace recount::test {
namespace {

bool succeeds(const std::vector<std::string>& arguments) { return run({.arguments = arguments}).status() == 0; }

bool say(bool there, const std::string& what) {
  if (!there) std::cout << "skipped: " << what << " is not there\n";
  return there;
}

}  // namespace

bool have(const std::string& tool) { return say(succeeds({"/bin/sh", "-c", "command -v \"$0\"", tool}), tool); }

bool have_module(const std::string& module) {
  return say(succeeds({"/usr/bin/env", "python3", "-c", "import " + module}), "Python's module " + module);
}

bool have_node_module(const std::string& module) {
  return say(succeeds({"/usr/bin/env", "node", "-e", "require('" + module + "')"}), "Node's module " + module);
}

bool have_file(const std::string& path) { return say(std::filesystem::exists(path), path); }

std::string gcovr_format() {
  const std::string version = run({.arguments = {"/usr/bin/env", "gcovr", "--version"}}).output;
  return version.find("gcovr 5") != std::string::npos ? "gcovr" : "gcovr7";
}

std::string warnings_in(const std::string& told) {
  std::string warnings, line;
  for (std::istringstream lines(told); std::getline(lines, line);)
    if (line.find("WARNING: ") != std::string::npos &&
        line.find("(unsupported) Function begin/end line") == std::string::npos)
      warnings += line + '\n';
  return warnings;
}

std::string consume(const std::vector<std::string>& arguments, const std::string& folder) {
  std::vector<std::string> command{"/usr/bin/env", "-C", folder};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Ending ending = run({.arguments = command});
  INFO(arguments.front() << ": " << ending.output << ending.errors);
  REQUIRE(ending.status() == 0);
  return ending.output + ending.errors;
}

}  // namespace recount::test
