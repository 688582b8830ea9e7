// One recorded run, and what must be true of every log whatever was recorded. Each check answers
// with what is wrong, a line for each, so that a test says all of it at once; an empty answer is a
// good one.
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.hpp"

namespace recount::test {

using Complaints = std::vector<std::string>;

// Runs the command under recount-record -q, with the test programs' folder as the source root.
Ending record(const std::string& log, const std::vector<std::string>& command, const std::string& input = "",
              const std::vector<std::string>& options = {});

Ending replay(const std::vector<std::string>& arguments);

std::string joined(const Complaints& complaints);

// The log is whole, its decisions are the machine's, and it knows how the root ended.
Complaints check_log(const std::string& log, const Ending& untraced);

// Recorded with --output all: what the program's processes wrote is what came out, byte for byte.
Complaints check_output(const std::string& log, const Ending& traced);

// The views inside the file and the replay's fold give the same processes, hits and coverage.
Complaints check_views_equal_replay(const std::string& log);

// Every report says the same of each line: coverage, the views, why, the last lines of failures. The command `output` prints the bytes
// that the view of that name has.
Complaints check_reports_agree(const std::string& log);

// Each `hits N` of the source holds.
Complaints check_expected_hits(const std::string& log, const std::string& source_name);

// The same lines ran, and the same are code.
Complaints check_same_lines(const std::string& log, const std::string& other_log);

// Every line of the source at which a statement starts is known to the log, and no other.
Complaints check_probed_lines(const std::string& log, const std::string& program, const std::string& source_name);

// On the lines that both call code, the verdicts are gcov's; of the lines in the line table none that gcov calls code is left out.
Complaints check_equals_gcov(const std::string& log, const std::string& gcov_program, const std::string& source_name);

}  // namespace recount::test
