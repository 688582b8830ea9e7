#include "tests/support/source_lines.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;

std::string output_of(const Command& command) {
  const Ending ending = run(command);
  if (ending.status() != 0) throw std::runtime_error(command.arguments.front() + ": " + ending.errors);
  return ending.output;
}

// A run writes NAME.gcda under GCOV_PREFIX at the path of its object file, where the compiler has
// left NAME.gcno.
fs::path counts_file(const fs::path& prefix) {
  for (const auto& entry : fs::recursive_directory_iterator(prefix)) {
    if (entry.path().extension() != ".gcda") continue;
    auto notes = fs::path("/") / fs::relative(entry.path(), prefix);
    notes.replace_extension(".gcno");
    fs::copy(notes, entry.path().parent_path());
    return entry.path();
  }
  throw std::runtime_error("no .gcda file below " + prefix.string());
}

// line -> what the pattern's first group matched there
std::map<int, std::string> remarks(const fs::path& source, const std::string& pattern) {
  std::ifstream text(source);
  if (!text) throw std::runtime_error("cannot read " + source.string());
  const std::regex remark(pattern);
  std::map<int, std::string> found;
  std::smatch match;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    number++;
    if (std::regex_search(line, match, remark)) found[number] = match[1];
  }
  return found;
}

}  // namespace

std::map<int, int> expected_hits(const fs::path& source) {
  std::map<int, int> expected;
  for (const auto& [line, hits] : remarks(source, R"(// hits (\d+)$)")) {
    expected[line] = std::stoi(hits);
  }
  return expected;
}

std::set<int> lines_where_gcov_differs(const fs::path& source) {
  std::set<int> lines;
  for (const auto& [line, words] : remarks(source, "// (gcov differs)$")) lines.insert(line);
  return lines;
}

std::set<int> lines_with_code(const std::string& program, const std::string& source_name) {
  std::istringstream table(output_of({.arguments = {"readelf", "-W", "--debug-dump=decodedline", program}}));
  std::set<int> lines;
  for (std::string text; std::getline(table, text);) {
    std::istringstream row(text);
    std::string file, line, address, word, last;
    row >> file >> line >> address;
    while (row >> word) last = word;  // an optional view number, then x where a statement starts
    if (file != source_name || last != "x" || line == "-") continue;
    lines.insert(std::stoi(line));
  }
  return lines;
}

std::map<int, bool> executed_lines(const std::string& program, const std::string& source_name) {
  const TemporaryFolder folder;
  run({.arguments = {program}, .environment = {"GCOV_PREFIX=" + folder.path().string()}});
  const std::string report =
      output_of({.arguments = {RECOUNT_GCOV, "--json-format", "--stdout", counts_file(folder.path()).string()}});
  const auto parsed = nlohmann::json::parse(report);
  std::map<int, bool> executed;
  for (const auto& file : parsed.at("files")) {
    if (fs::path(file.at("file").get<std::string>()).filename() != source_name) continue;
    for (const auto& line : file.at("lines")) {  // a line of a template has one entry for each instance
      executed[line.at("line_number").get<int>()] |= line.at("count").get<double>() > 0;
    }
  }
  return executed;
}

}  // namespace recount::test
