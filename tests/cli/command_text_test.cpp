// Completions and manual pages: they say what --help says, and those who read them do.
#include <regex>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

std::string output_of(const Words& command) {
  const Ending ending = run({.arguments = command});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  return ending.output;
}

std::string replay_text(const std::string& what) { return output_of({RECOUNT_REPLAY, "completion", what}); }
std::string record_text(const std::string& what) { return output_of({RECOUNT_RECORD, "--completion", what}); }

// All that match, but for what is in other words' middle.
std::set<std::string> found(const std::string& text, const std::string& pattern) {
  std::set<std::string> all;
  const std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) all.insert((*at)[1]);
  return all;
}

// At the beginning of a line, as --help has them: "  -o, --output FILE".
std::set<std::string> options_in(const std::string& help) { return found(help, "\n  (?:-.,|   ) --([a-z-]+)"); }
std::set<std::string> commands_in(const std::string& help) { return found(help, "\n  ([a-z]+)  "); }

std::string part(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = text.find(to, begin + from.size());
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

TEST_CASE("every option of recount-record is completed by each shell, and in its manual page") {
  const auto options = options_in(output_of({RECOUNT_RECORD, "--help"}));
  CHECK((options.size() > 20 && options.contains("output") && options.contains("completion")));
  const std::string bash = record_text("bash"), zsh = record_text("zsh"), fish = record_text("fish"),
                    page = record_text("man");
  for (const std::string& option : options) {
    INFO(option);
    CHECK(std::regex_search(bash, std::regex("[ ']--" + option + "[ ']")));
    CHECK(std::regex_search(zsh, std::regex("--" + option + "=?\\[")));
    CHECK(std::regex_search(fish, std::regex(" -l " + option + " ")));
    CHECK_THAT(page, ContainsSubstring("\\fB\\-\\-" + std::regex_replace(option, std::regex("-"), "\\-") + "\\fR"));
  }
}

TEST_CASE(
    "every command and option of recount-replay is completed by each shell, and in its manual "
    "page") {
  const auto commands = commands_in(output_of({RECOUNT_REPLAY, "--help"}));
  CHECK((commands.size() > 15 && commands.contains("tests")));
  const std::string bash = replay_text("bash"), zsh = replay_text("zsh"), fish = replay_text("fish"),
                    page = replay_text("man");
  for (const std::string& command : commands) {
    const std::string in_bash = part(bash, "    " + command + ")\n", "\n      ;;\n"),
                      in_zsh = part(zsh, "    " + command + ")\n", "\n      ;;\n"),
                      in_page = part(page, ".SS " + command + "\n", ".SS "),
                      shared = part(page, ".SH COMMANDS\n", ".SS ");
    for (const std::string& option : options_in(output_of({RECOUNT_REPLAY, command, "--help"}))) {
      INFO(command << " --" << option);
      const std::string head = "\\-" + std::regex_replace(option, std::regex("-"), "\\-") + "\\fR";
      if (option.size() > 1) CHECK(std::regex_search(in_bash, std::regex("[ ']--" + option + "[ ']")));
      CHECK(std::regex_search(in_zsh, std::regex("--" + option + "=?\\[")));
      CHECK(std::regex_search(fish, std::regex("from " + command + "'( -s .)? -l " + option + " ")));
      CHECK((in_page + shared).find(head) != std::string::npos);
    }
  }
  CHECK(run({.arguments = {RECOUNT_REPLAY, "completion", "csh"}}).status() == 2);
  CHECK(run({.arguments = {RECOUNT_RECORD, "--completion", "csh"}}).status() == 125);
}

struct Scripts {
  explicit Scripts(const std::string& shell) {
    write(folder.file("replay"), replay_text(shell));
    write(folder.file("record"), record_text(shell));
  }
  TemporaryFolder folder;
};

// What the function that bash was told of answers for a command line whose last word is being
// typed.
std::string completed(const Scripts& scripts, const std::string& words) {
  return output_of({"bash", "--norc", "-c",
                    "source " + scripts.folder.file("replay") + "; source " + scripts.folder.file("record") +
                        "; COMP_WORDS=(" + words +
                        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
                        "spec=$(complete -p ${COMP_WORDS[0]}); function=${spec#*-F }; ${function%% "
                        "*}; echo ${COMPREPLY[*]}"});
}

TEST_CASE("bash completes commands, options and what they take") {
  const Scripts scripts("bash");
  CHECK_THAT(output_of({"bash", "-c", "source " + scripts.folder.file("replay") + "; complete -p recount-replay"}),
             ContainsSubstring("-F _recount_replay recount-replay"));
  CHECK(completed(scripts, "recount-replay cov") == "coverage\n");
  CHECK(completed(scripts, "recount-replay coverage --format = m") == "markdown\n");
  CHECK(completed(scripts, "recount-replay coverage --format co") == "cobertura coveralls codecov\n");
  CHECK(completed(scripts, "recount-replay coverage --fo") == "--format\n");
  CHECK(completed(scripts, "recount-replay tests --jun") == "--junit\n");
  CHECK(completed(scripts, "recount-replay verify --jun") == "\n");
  CHECK(completed(scripts, "recount-replay coverage -o x") == "\n");  // left to readline: files
  CHECK(completed(scripts, "recount-record --env ''") == "all safe none\n");
  CHECK(completed(scripts, "recount-record --probes = l") == "line\n");
  CHECK(completed(scripts, "recount-record -o x -- grep --fo") == "\n");  // grep's
  CHECK_THAT(completed(scripts, "recount-record -o x -- gre"), ContainsSubstring("grep"));
}

TEST_CASE("the scripts and pages are installed where shells and man look") {
  const TemporaryFolder folder;
  output_of({RECOUNT_CMAKE, "--install", RECOUNT_BINARY_DIR, "--prefix", folder.path().string()});
  for (const std::string program : {"recount-record", "recount-replay"})
    for (const std::string& path : {"bash-completion/completions/" + program, "zsh/site-functions/_" + program,
                                    "fish/vendor_completions.d/" + program + ".fish", "man/man1/" + program + ".1"}) {
      INFO(path);
      CHECK(fs::file_size(folder.path().string() + "/share/" + path) > 1000);
    }
  CHECK(contents_of(folder.path().string() + "/share/man/man1/recount-replay.1") == replay_text("man"));
}

TEST_CASE("bash takes the scripts") {
  const Scripts scripts("bash");
  for (const char* name : {"replay", "record"}) output_of({"bash", "-n", scripts.folder.file(name)});
}

TEST_CASE("zsh takes the scripts", "[zsh]") {
  if (!have("zsh")) return;
  const Scripts scripts("zsh");
  for (const char* name : {"replay", "record"})
    CHECK(run({.arguments = {"zsh", "-n", scripts.folder.file(name)}}).errors.empty());
  // What _arguments says of a specification that it cannot read, it says when it is called.
  const std::string call = "autoload -Uz compinit; compinit -u -D -d " + scripts.folder.file("dump") + "; source ";
  CHECK_THAT(run({.arguments = {"zsh", "-f", "-c", call + scripts.folder.file("replay")}}).errors,
             !ContainsSubstring("invalid"));
}

TEST_CASE("fish completes commands, options and what they take", "[fish]") {
  if (!have("fish")) return;
  const Scripts scripts("fish");
  const auto fish = [&](const std::string& line) {
    return output_of({"fish", "--no-config", "-c",
                      "source " + scripts.folder.file("replay") + "; source " + scripts.folder.file("record") +
                          "; complete -C '" + line + "'"});
  };
  for (const char* name : {"replay", "record"}) output_of({"fish", "-n", scripts.folder.file(name)});
  CHECK_THAT(fish("recount-replay cov"), ContainsSubstring("coverage\tthe lines"));
  CHECK_THAT(fish("recount-replay coverage --format mark"), ContainsSubstring("markdown\t"));
  CHECK_THAT(fish("recount-replay tests --ju"), ContainsSubstring("--junit"));
  CHECK_THAT(fish("recount-record --env "),
             ContainsSubstring("all\t") && ContainsSubstring("safe\t") && ContainsSubstring("none\t"));
}

// Without a word of complaint.
void check_read(const Words& reader) {
  const Scripts pages("man");
  for (const char* name : {"replay", "record"}) {
    const Ending ending = run(
        {.arguments = reader + Words{pages.folder.file(name)}, .environment = {"MANROFFOPT=-ww", "LC_ALL=C.UTF-8"}});
    CHECK_THAT(ending.errors, Equals(""));
    CHECK(ending.status() == 0);
  }
}

TEST_CASE("mandoc reads the pages without a warning", "[mandoc]") {
  if (!have("mandoc")) return;
  const Scripts pages("man");
  for (const char* name : {"replay", "record"})
    CHECK(run({.arguments = {"mandoc", "-T", "lint", "-W", "warning", pages.folder.file(name)}}).output == "");
}

TEST_CASE("groff reads the pages without a warning", "[groff]") {
  if (have("groff")) check_read({"groff", "-man", "-ww", "-Tutf8"});
}

TEST_CASE("man reads the pages without a warning", "[man]") {
  if (have("man")) check_read({"man", "--warnings", "-l"});
}

}  // namespace
}  // namespace recount::test
