// How recount-record starts: what it refuses, whose options are whose, which sources it chooses.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// --- what is refused ---

TEST_CASE("a program that can't be found is refused with 127", "[cli][refused]") {
  const TemporaryFolder folder;
  check_refused(folder, {"-o", "run.db", "--", "./missing"}, 127, "./missing");
  check_refused(folder, {"-o", "run.db", "--", "no-such-program-anywhere"}, 127, "no-such-program-anywhere");
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
  check_refused(folder, {"-o=", "--", "true"}, 125, "-o needs the name of a file");
  check_refused(folder, {"-o=", "-q", "--", "true"}, 125, "-o needs the name of a file");
  check_refused(folder, {"--output", "-o", "run.db", "--", "true"}, 125, "--output -o: it takes");
  const Ending here = run({.arguments = in_folder("/proc", recorder({"--", "true"}))});
  CHECK(here.status() == 125);
  check_one_line(here.errors, "recount.db");
}

TEST_CASE("a limit of file sizes that is smaller than a log is told, and is the program's own",
          "[cli][refused][limit]") {
  const TemporaryFolder folder;
  const auto limited = [&](const std::string& kib, const Words& command) {
    return run({.arguments = in_folder(folder.path().string(),
                                       Words{"bash", "-c", "ulimit -f " + kib + "; exec \"$@\"", "bash"} + command)});
  };
  const Ending ending = limited("100", recorder({"-o", "run.db", "--", "true"}));
  CHECK(ending.status() == 125);
  check_one_line(ending.errors, "ulimit -f");
  CHECK(all_files(folder.path()).empty());
  const Words too_much{"sh", "-c", "head -c 3000000 /dev/zero > big"};
  CHECK(limited("2000", recorder({"-q", "-o", "run.db", "--"}) + too_much).status() ==
        limited("2000", too_much).status());
}

TEST_CASE("a folder without the permission to write is refused with 125", "[cli][refused]") {
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0555);
  Words command = recorder({"-o", folder.file("run.db"), "--", "true"});
  if (geteuid() == 0) {
    const Words as_nobody = as_user(65534);
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

// Debian's SQLite takes such names for URIs.
TEST_CASE("the log's name is a file's, whatever it looks like", "[cli][names]") {
  const TemporaryFolder folder;
  REQUIRE(record_in(folder, {"-q", "-o", "other.db", "--", "true"}).status() == 0);
  const std::string other = contents_of(folder.file("other.db"));
  const Words names{"file:other.db", "file:other.db?mode=memory", ":memory:", "a%20b.db", "-x.db"};
  for (const std::string& name : names) {
    INFO(name);
    CHECK(record_in(folder, {"-q", "-o", name, "--", "sh", "-c", "exit 3"}).status() == 3);
    CHECK(fs::exists(folder.path() / name));
    for (const char* command : {"summary", "verify"}) {
      const Words replay{RECOUNT_REPLAY, command, "./" + name};
      CHECK(run({.arguments = in_folder(folder.path().string(), replay)}).status() == 0);
    }
  }
  CHECK(run({.arguments = in_folder(folder.path().string(), {RECOUNT_REPLAY, "summary", "file:other.db"})}).status() ==
        0);
  const Words merge{RECOUNT_REPLAY, "merge", "-o", "file:all.db", "file:other.db", ":memory:"};
  CHECK(run({.arguments = in_folder(folder.path().string(), merge)}).status() == 0);
  CHECK(fs::exists(folder.path() / "file:all.db"));
  CHECK(contents_of(folder.file("other.db")) == other);
  CHECK(all_files(folder.path()).size() == names.size() + 2);
}

TEST_CASE("a path that is too long for SQLite is refused for that reason", "[cli][names]") {
  const TemporaryFolder folder;
  fs::path deep = folder.path();
  while (deep.string().size() < 480) deep /= "a-folder-with-a-long-name";
  fs::create_directories(deep);
  const std::string shorter = deep.string() + "/" + std::string(504 - deep.string().size() - 1, 'x');
  CHECK(record({"-q", "-o", shorter, "--", "true"}).status() == 0);
  const Words too_long{"-o", shorter + "x", "--", "true"};
  const Ending ending = record(too_long);
  CHECK(ending.status() == 125);
  check_one_line(ending.errors, "505 bytes");
  CHECK(all_files(deep).size() == 1);
  fs::rename(shorter, shorter + "x");
  const Ending opened = run({.arguments = {RECOUNT_REPLAY, "summary", shorter + "x"}});
  CHECK(opened.status() == 2);
  CHECK_THAT(opened.errors, ContainsSubstring("505 bytes") && ContainsSubstring("copy it to another folder"));
}

TEST_CASE("where no more processes may be made the recorder says who needs one", "[cli][refused]") {
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0777);
  Words command = Words{"prlimit", "--nproc=1"} + recorder({"-o", folder.file("run.db"), "--", "true"});
  if (geteuid() == 0) command = as_user(54321) + command;
  // LeakSanitizer would need a thread as well.
  const Ending ending = run({.arguments = command, .environment = {"ASAN_OPTIONS=detect_leaks=0"}});
  CHECK(ending.status() == 125);
  check_one_line(ending.errors, "ulimit -u");
  CHECK(fs::is_empty(folder.path()));
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
  check_refused(folder, {"-o=", "-q", "true"}, 125, "-o");
  check_refused(folder, {"--no-such-option", "true"}, 125, "no-such-option");
  check_refused(folder, {"-Z", "true"}, 125, "Z");
  check_refused(folder, {"--wait", "some", "true"}, 125, "--wait some");
  check_refused(folder, {"--probes", "some", "true"}, 125, "--probes some");
  check_refused(folder, {"--scope", "some", "true"}, 125, "--scope some");
  check_refused(folder, {"--hits", "some", "true"}, 125, "--hits some");
  check_refused(folder, {"--hits=flags", "--count", "true"}, 125, "--hits flags");
  check_refused(folder, {"--hits=flags", "--scope=run", "true"}, 125, "--hits flags");
  check_refused(folder, {"--hits=flags", "--no-coverage", "true"}, 125, "--hits");
  check_refused(folder, {"--awake", "some", "true"}, 125, "--awake some");
  check_refused(folder, {"--args", "some", "true"}, 125, "--args some");
  check_refused(folder, {"--count", "--count-limit", "0", "true"}, 125, "--count-limit 0");
  check_refused(folder, {"--count-limit", "5", "true"}, 125, "--count");
  check_refused(folder, {"--count", "--no-coverage", "true"}, 125, "--count");
  for (const char* seconds : {"soon", "-1", "0", "", "1s", "nan", "inf", "1e30"})
    check_refused(folder, {"--timeout", seconds, "true"}, 125, "--timeout");
}

TEST_CASE("where ptrace is not permitted the recorder says so and ends", "[cli][refused]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Ending ending = run({.arguments = Words{built_program("without_ptrace")} + recorder({"-o", log, "--", "true"}),
                             .environment = {"ASAN_OPTIONS=detect_leaks=0", "LSAN_OPTIONS=detect_leaks=0"},
                             .deadline = std::chrono::seconds{20}});
  REQUIRE_FALSE(ending.timed_out);
  CHECK(ending.status() == 125);
  check_one_line(ending.errors, "ptrace");
  CHECK_THAT(ending.errors, ContainsSubstring("true"));
  CHECK_FALSE(fs::exists(log));
  CHECK_FALSE(fs::exists(log + "-journal"));
}

TEST_CASE("a recorder is recorded, and lets go what the other one records", "[cli]") {
  const TemporaryFolder folder;
  const std::string outer = folder.file("outer.db"), inner = folder.file("inner.db");
  const Ending ending =
      run({.arguments = recorder({"-q", "-o", outer, "--"}) + recorder({"-q", "-o", inner, "--", "sh", "-c", "exit 3"}),
           .deadline = std::chrono::seconds{20}});
  REQUIRE_FALSE(ending.timed_out);
  CHECK(ending.status() == 3);
  check_sealed(outer);
  check_sealed(inner);
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
  CHECK(record({"--force", "-qo=" + log, "echo", "a="}).output == "a=\n");
  CHECK(all_files(folder.path()).size() == 1);
  CHECK(record({"--force", "--quiet", "--output=" + log, "echo", "b"}).output == "b\n");
  CHECK(record({"--force", "--output", log, "--wait=root", "echo", "c"}).output == "c\n");
}

TEST_CASE("--help and --version answer on stdout", "[cli][options]") {
  const TemporaryFolder folder;
  for (const Words& arguments :
       {Words{"--help"}, Words{"-h"}, Words{"--version"}, Words{"-o", "run.db", "--help", "--", "./missing"}}) {
    const Ending ending = record_in(folder, arguments);
    CHECK(ending.status() == 0);
    CHECK_THAT(ending.output, ContainsSubstring("recount-record"));
    CHECK(ending.errors.empty());
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("an answer that can't be written is a failure", "[cli][options]") {
  for (const char* option : {"--help", "--version"}) {
    const Ending ending = run({.arguments = {"sh", "-c", R"(exec "$0" "$1" >/dev/full)", RECOUNT_RECORD, option}});
    CHECK(ending.status() == 125);
    check_one_line(ending.errors, "standard output");
  }
}

TEST_CASE("--args safe keeps secrets out of the log, and not out of the program", "[cli][options]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Words program{"--", "sh", "-c", R"(/bin/echo "$2")", "sh", "--password", "hunter22"};
  CHECK(record(Words{"-q", "-o", log} + program).output == "hunter22\n");
  CHECK_THAT(contents_of(log), ContainsSubstring("hunter22"));
  CHECK(record(Words{"--force", "-q", "-o", log, "--args", "safe"} + program).output == "hunter22\n");
  CHECK(value(log, "SELECT argv FROM run") == R"(["sh","-c","/bin/echo \"$2\"","sh","--password","***"])");
  CHECK(value(log, "SELECT argv FROM trace_exec LIMIT 1") == value(log, "SELECT argv FROM run"));
}

struct HelpedOption {
  std::string name;
  std::string placeholder;  // empty: it takes no value
};

std::vector<HelpedOption> options_in_help() {
  static const std::regex option(R"(\s+(?:-\w, )?(--[a-z-]+)(?: ([A-Z]+(?:=[A-Z]+)?|[a-z]+(?:\|[a-z]+)+))?(\s.*)?)");
  std::vector<HelpedOption> options;
  for (const std::string& line : lines_of(record({"--help"}).output)) {
    std::smatch match;
    if (std::regex_match(line, match, option)) options.push_back({match[1], match[2]});
  }
  return options;
}

// Those that take a process that runs instead of a program.
Ending attach_to_a_process(const std::string& log, const Words& options) {
  const std::string script = R"(sleep 60 & "$0" "$@" --pid $!; status=$?; kill $!; exit $status)";
  return run({.arguments = Words{"sh", "-c", script, RECOUNT_RECORD, "--force", "-o", log, "--for", "0.1"} + options});
}

TEST_CASE("every option that --help shows is accepted", "[cli][options]") {
  const TemporaryFolder folder;
  const std::map<std::string, std::string> values{{"FILE", folder.file("other.db")},
                                                  {"DIR", folder.path().string()},
                                                  {"GLOB", "*.c"},
                                                  {"FROM=TO", "/built=" + folder.path().string()},
                                                  {"SECONDS", "60"},
                                                  {"line|block", "line"},
                                                  {"process|run|fork", "run"},
                                                  {"ordered|flags|counts", "flags"},
                                                  {"all|root", "root"},
                                                  {"KEY=VALUE", "a=b"},
                                                  {"all|safe|none", "safe"},
                                                  {"all|safe", "safe"},
                                                  {"all|failed|none", "failed"},
                                                  {"all|failed", "all"},
                                                  {"BYTES", "1000"},
                                                  {"N", "7"},
                                                  {"NAME", "a test"},
                                                  {"bash|zsh|fish|man", "man"},
                                                  {"auto|always|never", "always"},
                                                  {"LIST", folder.file("tests.json")}};
  write(folder.file("tests.json"), R"({"kind": "ctestInfo", "tests": []})");
  const auto options = options_in_help();
  CHECK(options.size() >= 12);
  for (const HelpedOption& option : options) {
    INFO(option.name << " " << option.placeholder);
    const bool is_of_attaching = option.name == "--safe" || option.name == "--tree";
    const bool attaches = option.name == "--pid" || option.name == "--for" || is_of_attaching;
    Words words{"--force", "-o", folder.file("run.db"), option.name};
    if (option.name == "--count-limit") words.insert(words.begin(), "--count");
    if (!attaches && !option.placeholder.empty()) words.push_back(values.at(option.placeholder));
    const Ending ending =
        attaches ? attach_to_a_process(folder.file("run.db"), is_of_attaching ? Words{option.name} : Words{})
                 : record(words + Words{"--", "true"});
    INFO(ending.errors);
    CHECK(ending.status() == 0);
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
        record(Words{"--force", "-q", "-o", log} + options + Words{"--", built_program("fork_plain")});
    CHECK(ending.errors.empty());
    CHECK(covered_files(log) == (files == " " ? "" : files));
  }
}

TEST_CASE("a list of source roots and globs counts as a whole", "[cli][coverage]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  record({"-q", "-o", log, "--source-root", folder.path().string(), "--source-root", RECOUNT_PROGRAM_SOURCES,
          "--include", "*.h", "--include", "fork_plain.c", "--", built_program("fork_plain")});
  CHECK(covered_files(log) == "fork_plain.c play.h ");
}

TEST_CASE("source roots are by default the git work tree around the folder, else the folder", "[cli][coverage]") {
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
  const Ending ending =
      record({"-o", folder.file("run.db"), "--source-root", folder.path().string(), "--", built_program("fork_plain")});
  CHECK_THAT(ending.errors, ContainsSubstring("no coverage") && ContainsSubstring(folder.path().string()));
}

TEST_CASE("--no-coverage gives the same tree without probes", "[cli][coverage]") {
  const TemporaryFolder folder;
  const Words root{"--source-root", RECOUNT_PROGRAM_SOURCES};
  const Words command{"--", built_program("fork_exec"), built_program("greet"), "you"};
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

}  // namespace
}  // namespace recount::test
