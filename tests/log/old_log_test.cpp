// Logs that an earlier version of this program recorded read and verify as they did then: each in tests/log/old as the rows of its
// tables, and beside them, as a transcript, what that version's recount-replay said of them. Nothing of it is ever made anew; a
// transcript that a mend rightly changes is changed by hand, in the commit of the mend.
//
//   $ tree LOG           a command, then its output, then `exit 1` if that was its status
//   ? SELECT ...         a question in SQL, answered as csv
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include "tests/support/catch.hpp"

#include "schema/log/log_format.hpp"
#include "schema/log/sqlite.hpp"
#include "schema/log/view_sql.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;

const fs::path kOld = fs::path(RECOUNT_SOURCES) / "tests/log/old";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_log(const std::string& path, const fs::path& rows) {
  Database database(path, Database::Mode::create);
  database.run("PRAGMA synchronous=OFF; PRAGMA application_id=" + std::to_string(kApplicationId) +
               "; PRAGMA user_version=" + std::to_string(kSchemaVersion) + "; BEGIN");
  for (const std::string& sql : {std::string(kTablesSql), views_sql(), text_of(kOld / "words.sql"), text_of(rows)})
    database.run(sql);
  database.run("COMMIT");
}

bool is_command(const std::string& line) { return line.starts_with("$ ") || line.starts_with("? "); }

std::vector<std::string> arguments_of(const std::string& line) {
  if (line[0] == '?') return {"query", "log.db", "--format", "csv", line.substr(2)};
  std::istringstream words(line.substr(2));
  std::vector<std::string> arguments(std::istream_iterator<std::string>(words), {});
  std::replace(arguments.begin(), arguments.end(), std::string("LOG"), std::string("log.db"));
  return arguments;
}

// In the log's folder, so that the log has the same name for whoever runs it.
std::string transcript(const std::string& folder, const std::string& line) {
  std::vector<std::string> arguments{"/bin/sh", "-c", R"(cd "$0" && exec "$@")", folder, RECOUNT_REPLAY};
  for (const std::string& argument : arguments_of(line)) arguments.push_back(argument);
  const Ending ending = run({.arguments = arguments, .environment = {"TZ=UTC"}});
  return line + "\n" + ending.output + (ending.status() ? "exit " + std::to_string(ending.status()) + "\n" : "");
}

// A command with all that follows it up to the next one.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (parts.empty() || is_command(line)) parts.emplace_back();
    parts.back() += line + "\n";
  }
  return parts;
}

TEST_CASE("a log of an earlier version is told of as that version told of it") {
  int logs = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kOld)) {
    if (entry.path().extension() != ".txt") continue;
    ++logs;
    const TemporaryFolder folder;
    write_log(folder.file("log.db"), fs::path(entry.path()).replace_extension(".sql"));
    for (const std::string& expected : parts_of(text_of(entry.path()))) {
      INFO(entry.path().filename());
      CHECK(transcript(folder.file("."), expected.substr(0, expected.find('\n'))) == expected);
    }
  }
  CHECK(logs == 14);
}

}  // namespace
}  // namespace recount::test
