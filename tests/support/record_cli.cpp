#include "tests/support/record_cli.hpp"
#include "tests/support/catch.hpp"

#include <fstream>
#include <sstream>

#include "tests/support/query.hpp"

namespace recount::test {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

std::string built_program(const std::string& name) {
  return std::string(RECOUNT_PROGRAMS "/").append(name).append("-O0");
}

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words as_user(unsigned id) {
  const std::string number = std::to_string(id);
  return {"setpriv", "--reuid=" + number, "--regid=" + number, "--clear-groups"};
}

Words recorder(const Words& arguments) { return Words{RECOUNT_RECORD} + arguments; }

Ending record(const Words& arguments) { return run({.arguments = recorder(arguments)}); }

Words in_folder(const std::string& folder, const Words& command) {
  return Words{"sh", "-c", R"(cd "$0" && exec "$@")", folder} + command;
}

Ending record_in(const TemporaryFolder& folder, const Words& arguments) {
  return run({.arguments = in_folder(folder.path().string(), recorder(arguments))});
}

std::string contents_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
}

std::map<std::string, std::string> all_files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    files[entry.path().string()] = entry.is_regular_file() ? contents_of(entry.path()) : "";
  return files;
}

Words lines_of(const std::string& text) {
  Words lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string last_line(const std::string& text) {
  const Words lines = lines_of(text);
  return lines.empty() ? "" : lines.back();
}

void check_one_line(const std::string& errors, const std::string& named) {
  INFO("stderr: " << errors);
  CHECK(lines_of(errors).size() == 1);
  CHECK_THAT(errors, StartsWith("recount-record: ") && ContainsSubstring(named) && EndsWith("\n"));
}

void check_refused(const TemporaryFolder& folder, const Words& arguments, int status, const std::string& named) {
  std::string command;
  for (const auto& word : arguments) command += " " + word;
  INFO("recount-record" << command);
  const auto before = all_files(folder.path());
  const Ending ending = record_in(folder, arguments);
  CHECK(ending.status() == status);
  CHECK_FALSE(ending.timed_out);
  CHECK(ending.output.empty());
  check_one_line(ending.errors, named);
  CHECK(all_files(folder.path()) == before);
}

void check_sealed(const std::string& log) {
  CHECK(value(log, "PRAGMA integrity_check") == "ok");
  CHECK(value(log, "SELECT status FROM run") == "complete");
  const Ending verify = run({.arguments = {RECOUNT_REPLAY, "verify", log}});
  INFO(verify.output << verify.errors);
  CHECK(verify.status() == 0);
  CHECK_THAT(verify.output, ContainsSubstring("complete"));
}

}  // namespace recount::test
