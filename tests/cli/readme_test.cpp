// README.md shows the output of real commands. They are run here, and answer what it shows.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include "tests/support/catch.hpp"

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReadersFolder = "/home/ada/recount";

// The indented lines of the section, without the indent: commands begin with "$ ".
std::string shown_in(const std::string& section) {
  std::ifstream readme(fs::path(RECOUNT_SOURCES) / "README.md");
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## ")) inside = line == "## " + section;
    if (inside && line.starts_with("    ")) text += line.substr(4) + '\n';
  }
  return text;
}

// The commands, one after another, as a shell echoes and answers them.
std::string answered(const std::string& shown, const std::string& folder) {
  const auto program_folder = [](const char* program) { return fs::path(program).parent_path().string(); };
  std::string script = "exec 2>&1; ulimit -c 0; cd '" + folder + "'; PATH='" + program_folder(RECOUNT_RECORD) + "':'" +
                       program_folder(RECOUNT_REPLAY) + "':$PATH\n";
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("$ ")) script += "cat <<'RECOUNT'\n" + line + "\nRECOUNT\n" + line.substr(2) + "\n";
  return run({.arguments = {"/bin/sh", "-c", script}}).output;
}

// Without what no two runs share: process ids, times, the number of events.
std::string comparable(std::string text) {
  text = std::regex_replace(text, std::regex("[0-9.]+ (us|ms|s)\\b"), "TIME");
  text = std::regex_replace(text, std::regex("(^|\n|─ )[0-9]+ (build|/bin)"), "$1PID $2");
  return std::regex_replace(text, std::regex("[0-9]+ events"), "N events");
}

TEST_CASE("the commands under Try it answer what the README shows") {
  const TemporaryFolder folder;
  fs::create_directories(folder.file("tools"));
  fs::create_directories(folder.file("build"));
  fs::copy(fs::path(RECOUNT_SOURCES) / "tools/example", folder.file("tools/example"));
  std::string shown = shown_in("Try it");
  REQUIRE(std::count(shown.begin(), shown.end(), '$') >= 5);
  const std::string answer = answered(shown, folder.path().string());
  const std::string here = fs::canonical(folder.path()).string();
  const std::size_t at = shown.find(kReadersFolder);
  REQUIRE(at != std::string::npos);
  shown.replace(at, std::string(kReadersFolder).size(), here);
  CHECK(comparable(answer) == comparable(shown));
}

}  // namespace
}  // namespace recount::test
