// Recordings at a terminal: what is typed and what is shown, untraced and recorded.
//
// Nothing here sleeps: whoever types waits for what has to be shown before. Screens are compared
// whole, but for numbers of processes.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

const std::string kPrompt = "ready> ";
const std::string kCtrlC = "\x03";
const std::string kCtrlD = "\x04";
const std::string kCtrlZ = "\x1a";
const std::string kCtrlBackslash = "\x1c";

struct Step {
  std::string type;
  std::vector<std::string> shown;  // in this order, before the next is typed
  bool settles = false;            // and when all but the shell are stopped
};
using Play = std::vector<Step>;

Step line(const std::string& command, std::vector<std::string> shown) { return {command + "\n", std::move(shown)}; }

std::string without_numbers(const std::string& screen) {
  static const std::regex number("[0-9]{3,}");
  return std::regex_replace(screen, number, "N");
}

const Words kBash{"bash", "--norc", "--noprofile", "--noediting", "-i"};

// The screen at the end; `status` must be the command's.
std::string play(const Command& command, const Play& steps, int status) {
  Terminal terminal(command);
  CHECK(terminal.shows(kPrompt));
  for (const Step& step : steps) {
    terminal.type(step.type);
    for (const std::string& text : step.shown) {
      INFO("waiting for " << text << " on:\n" << terminal.screen());
      REQUIRE(terminal.shows(text));
    }
    if (step.settles) REQUIRE(terminal.others_are_stopped());
  }
  CHECK(terminal.wait() == status);
  return without_numbers(terminal.screen());
}

// $R stands before each command that may be recorded; the shell shows it as it was typed.
std::vector<std::string> environment(const std::string& recorder) {
  return {"PS1=" + kPrompt, "TERM=dumb", "HISTFILE=", "R=" + recorder, "LC_ALL=C", "P=" RECOUNT_PROGRAMS};
}

std::string recorder_words(const std::string& log) {
  return std::string(RECOUNT_RECORD) + " --force -q --source-root " RECOUNT_PROGRAM_SOURCES " -o " + log + " --";
}

// In a shell that is not recorded, each command with $R before it is.
void check_commands(const Play& steps, int status) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string untraced = play({.arguments = kBash, .environment = environment("")}, steps, status);
  const std::string recorded =
      play({.arguments = kBash, .environment = environment(recorder_words(log))}, steps, status);
  CHECK(recorded == untraced);
  check_sealed(log);
}

// The whole shell is recorded.
void check_shell(const Words& shell, const Play& steps, int status) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Command untraced{.arguments = shell, .environment = environment("")};
  Command recorded = untraced;
  recorded.arguments = recorder(Words{"-q", "--source-root", RECOUNT_PROGRAM_SOURCES, "-o", log, "--"} + shell);
  const std::string expected = play(untraced, steps, status);
  CHECK(play(recorded, steps, status) == expected);
  check_sealed(log);
  CHECK(value(log, "SELECT count(*) FROM process WHERE end_ns IS NULL") == "0");
}

const Play kJobControl{
    line("cat", {"cat\r\n"}),
    line("one", {"one\r\none\r\n"}),
    {kCtrlZ, {"Stopped", kPrompt}},
    line("jobs", {"Stopped", kPrompt}),
    line("fg", {"cat\r\n"}),
    line("two", {"two\r\ntwo\r\n"}),
    {kCtrlZ, {"Stopped", kPrompt}},
    line("fg", {"fg\r\n", "cat\r\n"}),
    line("three", {"three\r\nthree\r\n"}),
    {kCtrlD, {kPrompt}},
    line("cat", {"cat\r\n"}),
    line("four", {"four\r\nfour\r\n"}),
    {kCtrlC, {kPrompt}},
    line("cat", {"cat\r\n"}),
    line("five", {"five\r\nfive\r\n"}),
    {kCtrlBackslash, {"Quit", kPrompt}},
    line("exit 7", {}),
};

TEST_CASE("an interactive bash under the recorder shows what it shows untraced", "[terminal][bash]") {
  check_shell(kBash, kJobControl, 7);
}

TEST_CASE("sh -m under the recorder controls jobs as it does untraced", "[terminal][sh]") {
  check_shell({"sh", "-m", "-i"},
              {line("cat", {"cat\r\n"}),
               line("one", {"one\r\none\r\n"}),
               {kCtrlZ, {"Stopped", kPrompt}},
               line("jobs", {"Stopped", kPrompt}),
               line("fg", {"cat\r\n"}),
               line("two", {"two\r\ntwo\r\n"}),
               {kCtrlD, {kPrompt}},
               line("exit 5", {})},
              5);
}

TEST_CASE("Ctrl-Z stops the recorder with its program, and fg and bg continue both", "[terminal][stop]") {
  check_commands({line("$R cat", {"$R cat\r\n"}),
                  line("one", {"one\r\none\r\n"}),
                  {kCtrlZ, {"Stopped", kPrompt}, true},
                  line("jobs", {"Stopped", kPrompt}),
                  line("fg", {"$R cat\r\n"}),
                  line("two", {"two\r\ntwo\r\n"}),
                  {kCtrlZ, {"Stopped", kPrompt}, true},
                  line("fg", {"fg\r\n$R cat\r\n"}),
                  line("three", {"three\r\nthree\r\n"}),
                  {kCtrlD, {kPrompt}},
                  line("exit $?", {})},
                 0);
}

TEST_CASE("a pipeline and a shell's child stop and go on as one job", "[terminal][stop]") {
  check_commands({line("$R sh -c 'cat | cat; exit 4'", {"exit 4'\r\n"}),
                  line("one", {"one\r\none\r\n"}),
                  {kCtrlZ, {"Stopped", kPrompt}, true},
                  line("fg", {"fg\r\n", "exit 4'\r\n"}),
                  line("two", {"two\r\ntwo\r\n"}),
                  {kCtrlD, {kPrompt}},
                  line("exit $?", {})},
                 4);
}

TEST_CASE("a program that handles SIGTSTP has its say before the recorder stops", "[terminal][stop]") {
  check_commands({line("$R $P/own_tstp-O0", {"at work\r\n"}),
                  {kCtrlZ, {"tidying up\r\n", "Stopped", kPrompt}, true},
                  line("fg", {"fg\r\n", "back again\r\n"}),
                  {kCtrlZ, {"tidying up\r\n", "Stopped", kPrompt}, true},
                  line("fg", {"fg\r\n", "back again\r\n"}),
                  line("q", {kPrompt}),
                  line("exit $?", {})},
                 9);
}

// As node's REPL does at Ctrl-Z, and a shell's suspend.
TEST_CASE("a program that stops itself alone gives the terminal back", "[terminal][stop]") {
  for (const std::string signal : {"TSTP", "STOP"}) {
    INFO(signal);
    check_commands({line("$R sh -c 'kill -" + signal + " $$; echo on$((40+2)); exit 3'", {"Stopped", kPrompt}),
                    line("fg", {"on42\r\n", kPrompt}), line("exit $?", {})},
                   3);
  }
}

TEST_CASE("a program that ignores SIGTSTP is not stopped, nor is the recorder", "[terminal][stop]") {
  check_commands({line("(trap '' TSTP; $R cat)", {"cat)\r\n"}),
                  line("one", {"one\r\none\r\n"}),
                  {kCtrlZ, {"^Z"}},
                  line("two", {"two\r\ntwo\r\n"}),
                  {kCtrlD, {kPrompt}},
                  line("exit $?", {})},
                 0);
}

// Not the whole screen: a job that SIGTERM ends is told as killed untraced, and as an exit with 143
// recorded.
TEST_CASE("bg lets a stopped recording go on in the background", "[terminal][stop]") {
  const TemporaryFolder folder;
  const Command shell{.arguments = kBash, .environment = environment(recorder_words(folder.file("run.db")))};
  play(shell,
       {line("$R sh -c 'echo u\"\"p; exec tail -f /dev/null'", {"up\r\n"}),
        {kCtrlZ, {"Stopped", kPrompt}, true},
        line("bg", {"&\r\n", kPrompt}),
        line("jobs", {"Running", kPrompt}),
        line("kill %1; wait %1; exit $?", {})},
       143);
  check_sealed(folder.file("run.db"));
}

// Not the whole screen: when a shell says that a background job has stopped is its own affair.
TEST_CASE("a recording in the background that reads the terminal is stopped until fg", "[terminal][stop]") {
  const TemporaryFolder folder;
  const Command shell{.arguments = kBash, .environment = environment(recorder_words(folder.file("run.db")))};
  play(shell,
       {line("$R cat &", {kPrompt}),
        line("until jobs | grep -q Stopped; do :; done; echo it st''opped", {"it stopped\r\n", kPrompt}),
        line("fg", {"fg\r\n$R cat\r\n"}),
        line("one", {"one\r\none\r\n"}),
        {kCtrlD, {kPrompt}},
        line("exit $?", {})},
       0);
  check_sealed(folder.file("run.db"));
}

TEST_CASE("Ctrl-C reaches the program once", "[terminal][signal]") {
  check_commands({line("$R bash -c 'trap \"echo caught; exit 6\" INT; echo set; cat'", {"set\r\n"}),
                  line("one", {"one\r\none\r\n"}),  // the shell that Ctrl-C finds before it has a
                                                    // child waits for the next
                  {kCtrlC, {"caught\r\n", kPrompt}},
                  line("exit $?", {})},
                 6);
}

// Not the same screen: the shell starts a new line after a death by SIGINT, and not after an exit
// with 130.
TEST_CASE("a program that Ctrl-C kills makes the recorder exit with 130", "[terminal][signal]") {
  const TemporaryFolder folder;
  const Command shell{.arguments = kBash, .environment = environment(recorder_words(folder.file("run.db")))};
  play(shell, {line("$R cat", {"$R cat\r\n"}), line("on", {"on\r\non\r\n"}), {kCtrlC, {kPrompt}}, line("exit $?", {})},
       130);
  check_sealed(folder.file("run.db"));
}

TEST_CASE("a change of the terminal's size is told as untraced", "[terminal][signal]") {
  std::string screens[2];
  const TemporaryFolder folder;
  for (int recorded = 0; recorded < 2; recorded++) {
    const Words program{built_program("window_size")};
    const Words words = recorder(Words{"-q", "-o", folder.file("run.db"), "--"} + program);
    Terminal terminal({.arguments = recorded ? words : program});
    REQUIRE(terminal.shows("at first 24x80\r\n"));
    terminal.resize(33, 99);
    CHECK(terminal.shows("changed 33x99\r\n"));
    CHECK(terminal.wait() == 4);
    screens[recorded] = terminal.screen();
  }
  CHECK(screens[1] == screens[0]);
  check_sealed(folder.file("run.db"));
}

TEST_CASE("when the terminal is gone, the program is told and the log is sealed", "[terminal][signal]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string told = folder.file("told");
  const std::string script = "trap 'echo hung up >>\"$0\"; exit 8' HUP; echo set; while :; do sleep 1000 & wait; done";
  Terminal terminal({.arguments = recorder({"-q", "-o", log, "--wait", "root", "--", "bash", "-c", script, told})});
  REQUIRE(terminal.shows("set\r\n"));
  terminal.hang_up();
  CHECK(terminal.wait() == 8);
  CHECK(contents_of(told) == "hung up\n");
  check_sealed(log);
}

// --- what a stop costs ---

struct Effort {
  long ticks = 0;     // of user and system time
  long switches = 0;  // voluntary ones: how often it went to sleep again
};

Effort effort_of(pid_t pid) {
  Effort effort;
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream status(folder + "/status");
  for (std::string word; status >> word;)
    if (word == "voluntary_ctxt_switches:") status >> effort.switches;
  const std::string stat = contents_of(folder + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; i++) fields >> skipped;
  long user = 0, system = 0;
  fields >> user >> system;
  effort.ticks = user + system;
  return effort;
}

bool is_stopped(pid_t pid) {
  const std::string stat = contents_of("/proc/" + std::to_string(pid) + "/stat");
  return stat.find(") t ") != std::string::npos || stat.find(") T ") != std::string::npos;
}

// As a test runner would that starts a program, waits for its stop, and knows its own child only.
TEST_CASE("who continues the recorder continues a program that has stopped itself", "[terminal][stop]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = recorder({"-q", "-o", log, "--", "sh", "-c", "kill -STOP $$; exit 3"})});
  REQUIRE(comes_true([&] { return is_stopped(recording.pid()); }));
  recording.send(SIGCONT);
  CHECK(recording.wait().status() == 3);
  check_sealed(log);
}

TEST_CASE("a child continues a program that has stopped itself", "[terminal][stop]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Ending ending =
      record({"-q", "-o", log, "--", "sh", "-c", "(sleep 0.3; kill -CONT $$) & kill -STOP $$; wait; echo on; exit 3"});
  CHECK(ending.output == "on\n");
  CHECK(ending.status() == 3);
  check_sealed(log);
}

TEST_CASE("while a process is stopped the recorder does nothing", "[terminal][stop]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = recorder({"-q", "-o", log, "--", "sh", "-c", "echo $$; kill -STOP $$; exit 3"})});
  REQUIRE(recording.says("\n"));
  const pid_t program = std::stoi(recording.output());
  REQUIRE(comes_true([&] { return is_stopped(program); }));
  const Effort before = effort_of(recording.pid());
  nap(std::chrono::seconds{2});  // what is measured is that nothing happens
  const Effort after = effort_of(recording.pid());
  CHECK(is_stopped(program));
  CHECK(after.ticks - before.ticks <= 1);
  CHECK(after.switches - before.switches <= 5);
  kill(program, SIGCONT);
  CHECK(recording.wait().status() == 3);
  check_sealed(log);
}

}  // namespace
}  // namespace recount::test
