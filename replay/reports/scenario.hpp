// A part of a log in the form of tests/scenarios (scenario_text.hpp): what happened, and what the
// machine does about it, to be played again without a kernel.
//
//   scenario::of(log, 900, 1200)
//
// What happened before the first event stands there as far as the machine has to know it: the births
// and execs of those who report in the part and of their ancestors, signals, timers; no hits of
// probes that the part does not come back to. If an answer were not the log's then, all that happened
// before is taken. Images have only the probes and watches that matter, with new
// numbers; what a file cannot say about them is not asked again.
//
// Where the machine's answer is not what the log has, a comment says what that is.
#pragma once

#include <string>

#include "replay/log/log_file.hpp"

namespace recount::scenario {

// `from` and `to` are rows of one run. Throws UsageError if they are not, FileError for the log.
std::string of(const LogFile& log, Seq from, Seq to);

}  // namespace recount::scenario
