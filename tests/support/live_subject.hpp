// One program of tests/programs, run untraced and recorded, and compared with itself and with what
// stands beside its lines.
//
//   check_all({{"hello.c"}, {"exit_code.c", {"@exit_code", "125"}}});
//
// Each program is one section, so `live_test -c fork_plain-O0` runs that one alone.
// RECOUNT_TEST_REPEAT=N records each N times, RECOUNT_TEST_KEEP=1 keeps the logs.
#pragma once

#include <string>
#include <vector>

#include "tests/support/recording.hpp"

namespace recount::test {

enum class Expectations { kHold, kAreForOtherArguments };

constexpr auto kOther = Expectations::kAreForOtherArguments;

// In the command, a word that starts with @ stands for the path of that program, built in the same
// way. An empty command is the program without arguments.
struct Subject {
  std::string source;
  std::vector<std::string> command = {};
  std::string input = "";
  std::vector<std::string> other_sources = {};  // whose expectations hold too
  Expectations expectations = Expectations::kHold;
  bool is_repeatable = true;  // one run may reach the lines of another
  bool output_comes_out =
      true;  // all that is written to 1 and 2, by the C library of a 64-bit program that goes on for a moment

  std::string name() const { return source.substr(0, source.find('.')); }
};

// The path of a program in one of its builds: "O0", "O2".
std::string program(const std::string& name, const std::string& build);

std::vector<std::string> command_line(const Subject& subject, const std::string& build);

void check_nothing(const Complaints& complaints);

void check_same_behaviour(const Ending& traced, const Ending& untraced);

// play.h's skip(): the same untraced and recorded, but there is nothing more to see.
bool was_skipped(const Ending& untraced);

// As one section: output, errors and status are those of the untraced run, the log verifies, its
// views equal the replay, and (but for -O2) the expectations beside the lines hold. A program that
// can't be shown here is said to be skipped.
void check(const Subject& subject, const std::string& build);

// RECOUNT_TEST_REPEAT.
int repeats();

// Each as a debug build and as a release build would be.
void check_all(const std::vector<Subject>& subjects);

// Programs of one thread, each with other ways through its lines.
std::vector<Subject> flow_programs();

}  // namespace recount::test
