// The command line of recount-record, as its users meet it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/background.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string program(const std::string& name) {
  return std::string(RECOUNT_PROGRAMS) + "/" + name + "-O0";
}

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
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

void write(const fs::path& path, const std::string& text, mode_t mode = 0644) {
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

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

void check_one_line(const std::string& errors, const std::string& named) {
  INFO("stderr: " << errors);
  CHECK(lines_of(errors).size() == 1);
  CHECK_THAT(errors, StartsWith("recount-record: ") && Contains(named) && EndsWith("\n"));
}

// Refused with this status and one line that names the thing; nothing is made, changed or left.
void check_refused(const TemporaryFolder& folder, const Words& arguments, int status,
                   const std::string& named) {
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

// The log is whole and decided as the machine decides.
void check_sealed(const std::string& log) {
  CHECK(value(log, "PRAGMA integrity_check") == "ok");
  CHECK(value(log, "SELECT status FROM run") == "complete");
  const Ending verify = run({.arguments = {RECOUNT_REPLAY, "verify", log}});
  INFO(verify.output << verify.errors);
  CHECK(verify.status() == 0);
  CHECK_THAT(verify.output, Contains("complete"));
}

// --- what is refused ---

TEST_CASE("a program that can't be found is refused with 127", "[cli][refused]") {
  const TemporaryFolder folder;
  check_refused(folder, {"-o", "run.db", "--", "./missing"}, 127, "./missing");
  check_refused(folder, {"-o", "run.db", "--", "no-such-program-anywhere"}, 127,
                "no-such-program-anywhere");
  check_refused(folder, {"-o", "run.db", "--", ""}, 127, "name is empty");
}

TEST_CASE("a file that can't be run is refused with 126", "[cli][refused]") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "directory");
  write(folder.path() / "text", "hello\n", 0755);
  write(folder.path() / "no-run-bit", "#!/bin/sh\nexit 0\n", 0644);
  write(folder.path() / "empty", "", 0755);
  write(folder.path() / "binary", std::string("\x01\x02\x03\x04\x05", 5), 0755);
  for (const char* name : {"./directory", "./text", "./no-run-bit", "./empty", "./binary"})
    check_refused(folder, {"-o", "run.db", "--", name}, 126, name);
}

TEST_CASE("a script whose interpreter is missing is refused with 127", "[cli][refused]") {
  const TemporaryFolder folder;
  write(folder.path() / "script", "#!/no/such/interpreter\n", 0755);
  check_refused(folder, {"-o", "run.db", "--", "./script"}, 127, "./script");
}

TEST_CASE("a place where no log can be written is refused with 125", "[cli][refused]") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "directory");
  check_refused(folder, {"-o", "missing/run.db", "--", "true"}, 125, "missing/run.db");
  check_refused(folder, {"-o", "directory", "--", "true"}, 125, "directory");
  check_refused(folder, {"--force", "-o", "directory", "--", "true"}, 125, "directory");
  check_refused(folder, {"-o", "", "--", "true"}, 125, "-o");
  const Ending here = run({.arguments = in_folder("/proc", recorder({"--", "true"}))});
  CHECK(here.status() == 125);
  check_one_line(here.errors, "recount.db");
}

TEST_CASE("a folder without the permission to write is refused with 125", "[cli][refused]") {
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0555);
  Words command = recorder({"-o", folder.file("run.db"), "--", "true"});
  if (geteuid() == 0) {
    const Words as_nobody{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    if (run({.arguments = as_nobody + recorder({"--version"})}).status() != 0) {
      WARN("not checked: root can't run the recorder as somebody else here");
      return;
    }
    command = as_nobody + command;
  }
  const Ending ending = run({.arguments = command});
  CHECK(ending.status() == 125);
  check_one_line(ending.errors, folder.file("run.db"));
  CHECK(fs::is_empty(folder.path()));
  chmod(folder.path().c_str(), 0755);
}

TEST_CASE("what stands in the log's place is never overwritten unasked", "[cli][refused]") {
  const TemporaryFolder folder;
  write(folder.path() / "precious", "not a log\n");
  fs::create_symlink("/no/such/place", folder.path() / "dangling");
  check_refused(folder, {"-o", "precious", "--", "true"}, 125, "precious");
  check_refused(folder, {"-o", "dangling", "--", "true"}, 125, "dangling");
  check_refused(folder, {"-o", "precious", "--", "./missing"}, 127, "./missing");
}

TEST_CASE("--force replaces files only", "[cli][refused]") {
  const TemporaryFolder folder;
  mkfifo(folder.file("fifo").c_str(), 0644);
  check_refused(folder, {"--force", "-o", "fifo", "--", "true"}, 125, "fifo");
  CHECK(fs::is_fifo(folder.path() / "fifo"));
}

TEST_CASE("a source root that is no folder is refused with 125", "[cli][refused]") {
  const TemporaryFolder folder;
  write(folder.path() / "file", "");
  check_refused(folder, {"--source-root", "missing", "--", "true"}, 125, "missing");
  check_refused(folder, {"--source-root", "file", "--", "true"}, 125, "file");
  check_refused(folder, {"--source-root", ".", "--source-root", "missing", "true"}, 125, "missing");
}

TEST_CASE("bad usage is refused with 125", "[cli][refused]") {
  const TemporaryFolder folder;
  check_refused(folder, {}, 125, "no program");
  check_refused(folder, {"-o", "run.db"}, 125, "no program");
  check_refused(folder, {"-o", "run.db", "--"}, 125, "no program");
  check_refused(folder, {"-o"}, 125, "o");
  check_refused(folder, {"--no-such-option", "true"}, 125, "no-such-option");
  check_refused(folder, {"-Z", "true"}, 125, "Z");
  check_refused(folder, {"--wait", "some", "true"}, 125, "--wait some");
  for (const char* seconds : {"soon", "-1", "0", "", "1s", "nan", "inf", "1e30"})
    check_refused(folder, {"--timeout", seconds, "true"}, 125, "--timeout");
}

TEST_CASE("where ptrace is not permitted the recorder says so and ends", "[cli][refused]") {
  const TemporaryFolder folder;
  const std::string outer = folder.file("outer.db");
  const std::string inner = folder.file("inner.db");
  // A process has one tracer at most: who is recorded can't record. (Nor can it look for leaks.)
  const Ending ending =
      run({.arguments = recorder({"-q", "-o", outer, "--no-coverage", "--"}) +
                        recorder({"-o", inner, "--", "true"}),
           .environment = {"ASAN_OPTIONS=detect_leaks=0", "LSAN_OPTIONS=detect_leaks=0"},
           .deadline = std::chrono::seconds{20}});
  REQUIRE_FALSE(ending.timed_out);
  CHECK(ending.status() == 125);
  check_one_line(ending.errors, "ptrace");
  CHECK_THAT(ending.errors, Contains("true"));
  CHECK_FALSE(fs::exists(inner));
  CHECK_FALSE(fs::exists(inner + "-journal"));
}

// --- the log's place ---

TEST_CASE("--force replaces a log", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  REQUIRE(record({"-q", "-o", log, "--", "true"}).status() == 0);
  const std::string first = value(log, "SELECT run_uuid FROM run");
  REQUIRE(record({"-q", "--force", "-o", log, "--", "true"}).status() == 0);
  CHECK(value(log, "SELECT run_uuid FROM run") != first);
  check_sealed(log);
  CHECK(all_files(folder.path()).size() == 1);
}

TEST_CASE("--force replaces nothing if the program can't be started", "[cli][output]") {
  const TemporaryFolder folder;
  write(folder.path() / "run.db", "an older log\n");
  write(folder.path() / "script", "#!/no/such/interpreter\n", 0755);
  check_refused(folder, {"--force", "-o", "run.db", "--", "./script"}, 127, "./script");
  check_refused(folder, {"--force", "-o", "run.db", "--", "./missing"}, 127, "./missing");
  check_refused(folder, {"--force", "-o", "run.db", "--timeout", "x", "true"}, 125, "--timeout");
}

TEST_CASE("%p in the log's name is the recorder's pid", "[cli][output]") {
  const TemporaryFolder folder;
  const Ending ending = record_in(folder, {"-q", "-o", "a-%p-%p.db", "sh", "-c", "echo $PPID"});
  REQUIRE(ending.status() == 0);
  const std::string pid = lines_of(ending.output).at(0);
  CHECK(fs::exists(folder.path() / ("a-" + pid + "-" + pid + ".db")));
  CHECK(all_files(folder.path()).size() == 1);
}

TEST_CASE("without -o the log is recount.db", "[cli][output]") {
  const TemporaryFolder folder;
  REQUIRE(record_in(folder, {"-q", "true"}).status() == 0);
  CHECK(all_files(folder.path()).size() == 1);
  check_sealed(folder.file("recount.db"));
}

TEST_CASE("a run in a folder that can't be written is recorded elsewhere", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Ending ending =
      run({.arguments = in_folder("/proc", recorder({"-q", "-o", log, "sh", "-c", "pwd"}))});
  CHECK(ending.status() == 0);
  CHECK(ending.output == "/proc\n");
  check_sealed(log);
  CHECK(value(log, "SELECT cwd FROM run") == "/proc");
}

// --- whose options are whose ---

TEST_CASE("what follows the program is the program's", "[cli][options]") {
  const TemporaryFolder folder;
  const Words log{"--force", "-q", "-o", folder.file("run.db")};
  const Words echo{"echo", "-q", "--help", "-o", "x", "--", "--version"};
  const std::string echoed = "-q --help -o x -- --version\n";
  CHECK(record(log + Words{"--"} + echo).output == echoed);
  CHECK(record(log + echo).output == echoed);
  CHECK(record(log + Words{"--", "echo", "--"}).output == "--\n");
  CHECK(record(log + Words{"echo", "--"}).output == "--\n");
  CHECK(value(folder.file("run.db"), "SELECT argv FROM run") == R"(["echo","--"])");
  CHECK(all_files(folder.path()).size() == 1);
}

TEST_CASE("an option's value may stand in the same word", "[cli][options]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  CHECK(record({"-qo" + log, "echo", "a"}).output == "a\n");
  CHECK(record({"--force", "--quiet", "--output=" + log, "echo", "b"}).output == "b\n");
  CHECK(record({"--force", "--output", log, "--wait=root", "echo", "c"}).output == "c\n");
}

TEST_CASE("--help and --version answer on stdout", "[cli][options]") {
  const TemporaryFolder folder;
  for (const Words& arguments : {Words{"--help"}, Words{"-h"}, Words{"--version"},
                                 Words{"-o", "run.db", "--help", "--", "./missing"}}) {
    const Ending ending = record_in(folder, arguments);
    CHECK(ending.status() == 0);
    CHECK_THAT(ending.output, Contains("recount-record"));
    CHECK(ending.errors.empty());
  }
  CHECK(fs::is_empty(folder.path()));
}

struct HelpedOption {
  std::string name;
  std::string placeholder;  // empty: it takes no value
};

std::vector<HelpedOption> options_in_help() {
  static const std::regex option(R"(\s+(?:-\w, )?(--[a-z-]+)(?: ([A-Z]+|[a-z]+\|[a-z]+))?(\s.*)?)");
  std::vector<HelpedOption> options;
  for (const std::string& line : lines_of(record({"--help"}).output)) {
    std::smatch match;
    if (std::regex_match(line, match, option)) options.push_back({match[1], match[2]});
  }
  return options;
}

TEST_CASE("every option that --help shows is accepted", "[cli][options]") {
  const TemporaryFolder folder;
  const std::map<std::string, std::string> values{{"FILE", folder.file("other.db")},
                                                  {"DIR", folder.path().string()},
                                                  {"GLOB", "*.c"},
                                                  {"SECONDS", "60"},
                                                  {"all|root", "root"}};
  const auto options = options_in_help();
  CHECK(options.size() >= 12);
  for (const HelpedOption& option : options) {
    INFO(option.name << " " << option.placeholder);
    Words words{"--force", "-o", folder.file("run.db"), option.name};
    if (!option.placeholder.empty()) words.push_back(values.at(option.placeholder));
    const Ending ending = record(words + Words{"--", "true"});
    INFO(ending.errors);
    CHECK(ending.status() == 0);
  }
}

// --- what the program says, and what the recorder says ---

TEST_CASE("the exit status is the program's own", "[cli][status]") {
  const TemporaryFolder folder;
  const Words options{"--force", "-q", "-o", folder.file("run.db"), "--"};
  for (int code : {0, 1, 3, 124, 125, 126, 127, 255})
    CHECK(record(options + Words{program("exit_code"), std::to_string(code)}).exit_code == code);
  const std::map<std::string, int> killed{
      {"root_sigterm", SIGTERM}, {"root_sigkill", SIGKILL}, {"root_abort", SIGABRT}};
  for (const auto& [name, signal] : killed)
    CHECK(record(options + Words{program(name)}).exit_code == 128 + signal);
}

TEST_CASE("the program's stdout and stderr are its own", "[cli][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Words command{"sh", "-c", "echo out; echo err >&2"};
  const Ending quiet = record(Words{"-q", "-o", log, "--"} + command);
  CHECK(quiet.output == "out\n");
  CHECK(quiet.errors == "err\n");
  for (const Words& options : {Words{}, Words{"-v"}}) {
    const Ending loud = record(options + Words{"--force", "-o", log, "--"} + command);
    CHECK(loud.output == "out\n");
    CHECK_THAT(loud.errors, Contains("err\n"));
    CHECK_THAT(last_line(loud.errors), StartsWith("recount-record: ") && Contains(log));
  }
}

TEST_CASE("the program's stdin is its own", "[cli][output]") {
  const TemporaryFolder folder;
  const Ending ending = run(
      {.arguments = recorder({"-q", "-o", folder.file("run.db"), "cat"}), .input = "pear\nplum\n"});
  CHECK(ending.output == "pear\nplum\n");
}

TEST_CASE("closed standard streams do not matter", "[cli][output]") {
  const TemporaryFolder folder;
  for (const char* redirection : {"2>&-", ">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    DYNAMIC_SECTION(redirection) {
      const std::string log = folder.file("run.db");
      const std::string script = std::string(R"(exec "$@" )") + redirection;
      const Ending ending =
          run({.arguments =
                   Words{"sh", "-c", script, "sh"} +
                   recorder({"-o", log, "-v", "--source-root", RECOUNT_PROGRAM_SOURCES, "--"}) +
                   Words{program("exit_code"), "3"}});
      CHECK(ending.status() == 3);
      check_sealed(log);
      CHECK(value(log, "SELECT count(*) > 0 FROM hit") == "1");
    }
  }
}

// --- coverage ---

std::string covered_files(const std::string& log) {
  std::string names;
  for (const Row& row : query(log, "SELECT DISTINCT file FROM line_coverage ORDER BY file"))
    names += fs::path(row[0]).filename().string() + " ";
  return names;
}

TEST_CASE("--source-root, --include and --exclude choose the files", "[cli][coverage]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Words root{"--source-root", RECOUNT_PROGRAM_SOURCES};
  const std::map<std::string, Words> chosen{
      {"fork_plain.c play.h ", root},
      {"play.h ", root + Words{"--include", "*.h"}},
      {"fork_plain.c ", root + Words{"--exclude", "play.h"}},
      {"", root + Words{"--include", "*.c", "--exclude", "fork*"}},
      {" ", {"--source-root", folder.path().string()}},
  };
  for (const auto& [files, options] : chosen) {
    INFO(files);
    const Ending ending =
        record(Words{"--force", "-q", "-o", log} + options + Words{"--", program("fork_plain")});
    CHECK(ending.errors.empty());
    CHECK(covered_files(log) == (files == " " ? "" : files));
  }
}

TEST_CASE("a list of source roots and globs counts as a whole", "[cli][coverage]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  record({"-q", "-o", log, "--source-root", folder.path().string(), "--source-root",
          RECOUNT_PROGRAM_SOURCES, "--include", "*.h", "--include", "fork_plain.c", "--",
          program("fork_plain")});
  CHECK(covered_files(log) == "fork_plain.c play.h ");
}

TEST_CASE("source roots are by default the git work tree around the folder, else the folder",
          "[cli][coverage]") {
  const TemporaryFolder folder;
  const fs::path below = folder.path() / "below";
  fs::create_directory(below);
  const Words command = recorder({"--force", "-q", "-o", folder.file("run.db"), "true"});
  const auto roots = [&](const fs::path& from) {
    REQUIRE(run({.arguments = in_folder(from.string(), command)}).status() == 0);
    return value(folder.file("run.db"), "SELECT source_roots FROM trace_run");
  };
  CHECK(roots(below) == "[\"" + fs::canonical(below).string() + "\"]");
  fs::create_directory(folder.path() / ".git");
  CHECK(roots(below) == "[\"" + fs::canonical(folder.path()).string() + "\"]");
}

TEST_CASE("a program without lines to probe is said to have none", "[cli][coverage]") {
  const TemporaryFolder folder;
  const Ending ending = record({"-o", folder.file("run.db"), "--source-root",
                                folder.path().string(), "--", program("fork_plain")});
  CHECK_THAT(ending.errors, Contains("no coverage") && Contains(folder.path().string()));
}

TEST_CASE("--no-coverage gives the same tree without probes", "[cli][coverage]") {
  const TemporaryFolder folder;
  const Words root{"--source-root", RECOUNT_PROGRAM_SOURCES};
  const Words command{"--", program("fork_exec"), program("greet"), "you"};
  const std::string with = folder.file("with.db");
  const std::string without = folder.file("without.db");
  const Ending covered = record(root + Words{"-q", "-o", with} + command);
  const Ending bare = record(root + Words{"--no-coverage", "-o", without} + command);
  CHECK(bare.output == covered.output);
  CHECK(bare.status() == covered.status());
  CHECK(lines_of(bare.errors).size() == 1);
  const std::string tree =
      "SELECT upid, parent_upid, created_by, exit_code, path, argv FROM "
      "process ORDER BY upid";
  CHECK(query(without, tree) == query(with, tree));
  CHECK(value(with, "SELECT count(*) > 0 FROM hit") == "1");
  CHECK(value(without, "SELECT count(*) FROM trace_probe") == "0");
  CHECK(value(without, "SELECT count(*) FROM event WHERE kind IN ('plant', 'lift')") == "0");
  check_sealed(without);
}

// --- how a run ends early ---

TEST_CASE("--timeout ends every process of the run, whatever it does", "[cli][end]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string tree =
      "sh -c 'trap \"\" TERM; while :; do sleep 1; done' & sh -c 'kill -STOP $$' & sleep 100 & "
      "wait";
  const auto start = std::chrono::steady_clock::now();
  const Ending ending = record({"-q", "--timeout", "2.5", "-o", log, "--", "sh", "-c", tree});
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(ending.status() == 124);
  CHECK(ending.left_running == 0);
  CHECK(took >= std::chrono::milliseconds{2500});
  CHECK(took < std::chrono::seconds{30});
  check_one_line(ending.errors, "--timeout");
  CHECK_THAT(ending.errors, Contains(log));
  check_sealed(log);
  CHECK(value(log, "SELECT count(*) >= 4 FROM process") == "1");
  CHECK(value(log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "0");
  CHECK(value(log, "SELECT count(*) FROM event WHERE kind = 'group_stop'") == "1");
}

TEST_CASE("a run that ends before its timeout ends as it would have", "[cli][end]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  CHECK(record({"-q", "--timeout", "60", "-o", log, "--", "sh", "-c", "exit 3"}).status() == 3);
  check_sealed(log);
}

// The program of the orphan tests, and the FIFO through which its orphan gets word.
struct Orphan {
  TemporaryFolder folder;
  std::string log = folder.file("run.db");
  std::string word = folder.file("word");
  std::string result = folder.file("result");

  Orphan() { mkfifo(word.c_str(), 0644); }

  Words recorded(const Words& options) const {
    return recorder(Words{"-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES} + options +
                    Words{"--", program("orphan_later"), word, result});
  }

  // False: it is not there to take it.
  bool give_word() const {
    return comes_true([this] {
      const int fd = open(word.c_str(), O_WRONLY | O_NONBLOCK);
      const bool given = fd >= 0 && ::write(fd, "!", 1) == 1;
      close(fd);
      return given;
    });
  }
  bool has_done_its_work() const {
    return give_word() &&
           comes_true([this] { return contents_of(result).find("done\n") != std::string::npos; });
  }
};

void check_let_go(Orphan& orphan, Background& recorder, const Ending& ending) {
  CHECK(ending.status() == 21);
  CHECK(ending.output == "root: leaving\n");
  CHECK_THAT(last_line(ending.errors), Contains("let go") && Contains(orphan.log));
  CHECK_FALSE(fs::exists(orphan.result));
  CHECK(orphan.has_done_its_work());
  CHECK(contents_of(orphan.result) == "tracer 0, sum 55, done\n");
  const Remains remains = recorder.remains();
  CHECK(remains.running == 0);
  CHECK(remains.killed_by_trap == 0);
  check_sealed(orphan.log);
  CHECK(value(orphan.log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "1");
}

TEST_CASE("--wait root lets an orphan go at once and it goes on untraced", "[cli][end]") {
  Orphan orphan;
  const auto start = std::chrono::steady_clock::now();
  Background recorder({.arguments = orphan.recorded({"--wait", "root"})});
  const Ending ending = recorder.wait();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{9});
  check_let_go(orphan, recorder, ending);
}

TEST_CASE("an orphan is let go after 10 seconds", "[cli][end][10-seconds]") {
  Orphan orphan;
  const auto start = std::chrono::steady_clock::now();
  Background recorder({.arguments = orphan.recorded({})});
  const Ending ending = recorder.wait();
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::seconds{10});
  check_let_go(orphan, recorder, ending);
}

TEST_CASE("--wait all waits for an orphan that ends by itself", "[cli][end]") {
  Orphan orphan;
  Background recorder({.arguments = orphan.recorded({"--wait", "all"})});
  REQUIRE(recorder.says("root: leaving"));
  REQUIRE(orphan.has_done_its_work());
  const Ending ending = recorder.wait();
  CHECK(ending.status() == 21);
  CHECK(ending.errors.empty());
  CHECK_THAT(contents_of(orphan.result), !Contains("tracer 0"));
  CHECK(value(orphan.log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "0");
  check_sealed(orphan.log);
}

// --- signals to the recorder ---

const std::string kReady = "SIGHUP is ";

TEST_CASE("a signal to the recorder alone reaches the program", "[cli][signal]") {
  for (const auto& [signal, name] : std::map<int, std::string>{
           {SIGINT, "INT"}, {SIGTERM, "TERM"}, {SIGHUP, "HUP"}, {SIGQUIT, "QUIT"}}) {
    DYNAMIC_SECTION(name) {
      const TemporaryFolder folder;
      const std::string log = folder.file("run.db");
      Background recording(
          {.arguments = recorder({"-q", "-o", log, "--", program("signals_told"), "7"})});
      REQUIRE(recording.says(kReady));
      recording.send(signal);
      const Ending ending = recording.wait();
      CHECK(ending.status() == 7);
      CHECK(ending.output == "SIGHUP is not ignored\ngot " + name + "\n");
      CHECK(recording.remains().running == 0);
      check_sealed(log);
    }
  }
}

TEST_CASE("a second SIGTERM to the recorder ends the run", "[cli][signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = recorder({"-q", "-o", log, "--", program("signals_told")})});
  REQUIRE(recording.says(kReady));
  recording.send(SIGTERM);
  REQUIRE(recording.says("got TERM"));
  recording.send(SIGTERM);
  const Ending ending = recording.wait();
  CHECK_FALSE(ending.timed_out);
  CHECK(ending.exit_code == 128 + SIGKILL);
  CHECK(recording.remains().running == 0);
  check_sealed(log);
  CHECK(value(log, "SELECT term_signal FROM run") == std::to_string(SIGKILL));
}

TEST_CASE("a SIGHUP that was ignored stays ignored", "[cli][signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = Words{"sh", "-c", R"(trap '' HUP; exec "$@")", "sh"} +
                                     recorder({"-q", "-o", log, "--", program("signals_told")})});
  REQUIRE(recording.says(kReady));
  recording.send(SIGHUP);
  recording.send(SIGTERM);
  REQUIRE(recording.says("got TERM"));
  recording.send(SIGTERM);
  const Ending ending = recording.wait();
  CHECK(ending.output == "SIGHUP is ignored\ngot TERM\n");
  CHECK(ending.exit_code == 128 + SIGKILL);
  check_sealed(log);
}

}  // namespace
}  // namespace recount::test
