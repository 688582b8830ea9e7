// Logs as nobody writes them: each command reads them to an end, with an answer or with a word of what is wrong. Never does it end by a
// signal, and never does it take more than its time.
//
// RECOUNT_SEEDS says how many (60), RECOUNT_FIRST_SEED where to begin. For hours: RECOUNT_SEEDS=100000, in a build with
// -DRECOUNT_SANITIZE=address,undefined. The log of a seed that fails is kept.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "replay/command_line.hpp"
#include "replay/command_list.hpp"
#include "schema/log/sqlite.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/seeds.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

// What a column may never have had in it.
constexpr std::array kValues{"NULL",
                             "0",
                             "1",
                             "-1",
                             "2",
                             "64",
                             "255",
                             "4096",
                             "2147483647",
                             "2147483648",
                             "4294967295",
                             "4294967296",
                             "9223372036854775807",
                             "-9223372036854775807 - 1",
                             "1e308",
                             "''",
                             "'x'",
                             "'[\"'",
                             "char(27) || '[31m'",
                             "x'00'",
                             "zeroblob(70000)",
                             "~C",
                             "C + 1",
                             "C - 1",
                             "C * 2",
                             "C || C",
                             "(SELECT max(C) FROM T)",
                             "(SELECT min(C) FROM T)",
                             "substr(C, 2)"};

class Mutator {
 public:
  Mutator(const std::string& path, std::uint64_t seed) : path_(path), random_(seed) {}

  void mutate() {
    const auto number = 1 + below(6);
    for (std::uint64_t i = 0; i < number; ++i) below(12) == 0 ? spoil_bytes() : spoil_rows();
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  template <typename List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }

  void spoil_rows() {
    try {
      const auto tables =
          query(path_, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
      const std::string table = pick(tables)[0];
      const auto columns = query(path_, "SELECT name FROM pragma_table_info(" + quoted(table) + ")");
      const std::string some = " WHERE rowid % " + std::to_string(1 + below(9)) + " = 0";
      Database(path_, Database::Mode::read_write).run(statement(table, pick(columns)[0], some));
    } catch (const std::exception&) {  // a constraint forbids it, or the file is no database any more
    }
  }

  std::string statement(const std::string& table, const std::string& column, const std::string& some) {
    switch (below(8)) {
      case 0: return "DELETE FROM " + table + some;
      case 1: return "DROP TABLE " + table;
      case 2: return "ALTER TABLE " + table + " DROP COLUMN " + column;
      case 3: return "INSERT OR IGNORE INTO " + table + " SELECT * FROM " + table + some;
      default: break;
    }
    std::string value;
    for (const char letter : std::string(pick(kValues))) {
      if (letter == 'C')
        value += column;
      else if (letter == 'T')
        value += table;
      else
        value += letter;
    }
    return "UPDATE OR IGNORE " + table + " SET " + column + " = " + value + some;
  }

  void spoil_bytes() {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(file.tellg());
    for (std::uint64_t i = 0; i < 1 + size / 20'000; ++i) {
      file.seekp(static_cast<std::streamoff>(100 + below(size - 100)));  // behind what says that it is a database
      file.put(static_cast<char>(below(256)));
    }
  }

  std::string path_;
  std::mt19937_64 random_;
};

// Those that ask logs, in each of their formats; and queries, which have to be named. LOG stands for the log.
std::vector<Words> commands() {
  std::vector<Words> lines;
  for (const recount::Command& command : all_commands()) {
    const std::string name = command.name, operands = command.operands;
    if (!operands.starts_with("LOG") || command.manner == Manner::in_conversation || name == "query") continue;
    for (const FormatName& format : command.formats())
      lines.push_back({name, "--format", std::string(format.name), "LOG"});
  }
  for (const char* query : {"@failed", "@critical-path", "@stops", "@last-lines", "@crash-threads",
                            "SELECT * FROM coverage", "SELECT * FROM test", "SELECT * FROM process"})
    lines.push_back({"query", "LOG", query});
  lines.push_back({"why", "LOG", "fork_plain.c:12"});
  lines.push_back({"diff", "LOG", "LOG"});
  return lines;
}

int answer(Words words, const std::string& log) {
  words.insert(words.begin(), "recount-replay");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word == "LOG" ? (word = log).data() : word.data());
  return run_command_line(static_cast<int>(arguments.size()), arguments.data());
}

// In a process of its own, since one that goes wrong ends it.
[[noreturn]] void answer_all(const std::vector<Words>& lines, const std::string& log, const std::string& told) {
  constexpr rlimit kProcessorSeconds{300, 300};
  ::setrlimit(RLIMIT_CPU, &kProcessorSeconds);
  ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
  ::dup2(::open(told.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  for (const Words& words : lines) {
    std::cerr << words[0] << ' ' << words[1] << ' ' << words[2] << '\n';
    ::alarm(60);
    const int status = answer(words, log);
    if (status < 0 || status > 2) std::abort();
  }
  ::_exit(0);
}

TEST_CASE("no log makes a command end by a signal or run for ever", "[fuzz]") {
  const TemporaryFolder folder;
  std::vector<std::string> samples;
  for (const Words& command : {Words{built_program("fork_plain")}, Words{built_program("crash"), "segv"},
                               Words{"sh", "-c", built_program("exit_code") + " 3 | cat; exit 2"}}) {
    samples.push_back(folder.file("sample" + std::to_string(samples.size()) + ".db"));
    record(Words{"-q", "--output", "all", "--probes", "block", "--branches", "-o", samples.back(), "--source-root",
                 RECOUNT_PROGRAM_SOURCES, "--"} +
           command);
    REQUIRE(fs::exists(samples.back()));
  }
  const std::vector<Words> lines = commands();
  const std::uint64_t first = number_from_environment("RECOUNT_FIRST_SEED", 1);
  const std::uint64_t count = number_from_environment("RECOUNT_SEEDS", 60);
  const std::string log = folder.file("log.db"), told = folder.file("told");
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    fs::copy_file(samples[seed % samples.size()], log, fs::copy_options::overwrite_existing);
    Mutator(log, seed).mutate();
    const pid_t child = ::fork();
    if (child == 0) answer_all(lines, log, told);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status == 0) continue;
    const std::string kept = (fs::temp_directory_path() / ("recount-seed-" + std::to_string(seed) + ".db")).string();
    fs::copy_file(log, kept, fs::copy_options::overwrite_existing);
    const std::string words = contents_of(told);
    constexpr std::size_t kLast = 4'000;
    FAIL_CHECK("seed " << seed << ": wait status " << status << "; the log is " << kept << "; at last "
                       << words.substr(words.size() - std::min(words.size(), kLast)));
  }
}

}  // namespace
}  // namespace recount::test
