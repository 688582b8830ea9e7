// Every transcript in tests/scenarios: the machine answers what stands beneath each observation.
//
// After a change that is meant to change answers: RECOUNT_REWRITE_SCENARIOS=1 writes the new ones
// into the files, and `git diff tests/scenarios` is read line by line before it is believed.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/scenario.hpp"

namespace fs = std::filesystem;
using namespace recount;

namespace {

#ifndef RECOUNT_SCENARIO_DIR
#define RECOUNT_SCENARIO_DIR RECOUNT_SOURCES "/tests/scenarios"
#endif

std::vector<fs::path> scenario_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(RECOUNT_SCENARIO_DIR))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string first_difference(const std::string& file, const std::string& machine) {
  std::istringstream left(file), right(machine);
  std::string was, is;
  for (int line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(left, was));
    const bool more_right = static_cast<bool>(std::getline(right, is));
    if (!more_left && !more_right) return "";
    if (!more_left) was = "(the file ends)";
    if (!more_right) is = "(nothing)";
    if (was != is) return "line " + std::to_string(line) + "\n  the file:    " + was + "\n  the machine: " + is;
  }
}

}  // namespace

TEST_CASE("the machine answers every scenario as it is written down", "[scenario]") {
  const auto files = scenario_files();
  REQUIRE(files.size() >= 40);
  for (const fs::path& path : files) {
    DYNAMIC_SECTION(path.stem().string()) {
      const std::string text = read_file(path);
      const std::string played = scenario::play(text);
      if (played != text && std::getenv("RECOUNT_REWRITE_SCENARIOS")) {
        std::ofstream(path) << played;
        WARN("rewritten: " << path);
        continue;
      }
      INFO(path << ", " << first_difference(text, played));
      CHECK(played == text);
    }
  }
}

TEST_CASE("an observation that was printed is read back as the same words", "[scenario]") {
  for (const fs::path& path : scenario_files()) {
    std::istringstream in(read_file(path));
    for (std::string line; std::getline(in, line);) {
      if (line.empty() || line.starts_with(' ') || line.starts_with('#') || line.starts_with("==") ||
          line.starts_with("image") || line.starts_with("rules"))
        continue;
      INFO(path << ": " << line);
      const std::string once = scenario::to_text(scenario::parse_observation(line));
      CHECK(scenario::to_text(scenario::parse_observation(once)) == once);
    }
  }
}

TEST_CASE("a line that no scenario can have is refused and quoted", "[scenario]") {
  CHECK_THROWS_WITH(scenario::parse_observation("100 went_home"), Catch::Matchers::ContainsSubstring("100 went_home"));
  CHECK_THROWS(scenario::parse_observation("100 cont"));  // an action
  CHECK_THROWS(scenario::parse_observation("timer tea"));
  CHECK_THROWS(scenario::parse_observation("100 exited x"));
}
