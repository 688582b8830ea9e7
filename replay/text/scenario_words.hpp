// The words in which a scenario speaks: an observation, an action or a fact as one line that people
// read and type.
//
//   100 signal_delivery_stop SIGTRAP code=kernel pc=0x401001      an observation, of task 100
//   lift 100 probe=3 at=0x401000 exec=1                           an action
//   hit utid=1 upid=1 probe=3 exec=1                              a fact
//
// A member that is zero is not printed, and whoever reads such a line takes what is not given for zero.
#pragma once

#include <string>
#include <string_view>

#include "schema/machine/machine.hpp"
#include "schema/vocabulary/event.hpp"

namespace recount::scenario {

std::string signal_word(int signal);  // SIGTERM; SIGRTMIN+2; "0" for none
std::string error_word(int error);    // ESRCH; E123 for one that no scenario has a name for
std::string_view timer_word(Timer timer);
std::string_view memory_word(MemorySharing memory);
std::string_view watch_word(WatchKind kind);
std::string_view fact_word(FactKind kind);
std::string_view run_word(RunState state);

std::string to_text(const Observation& observation);
std::string to_text(const Action& action);
std::string to_text(const Fact& fact);
std::string to_text(WaitStatus end);  // "exited 0", "signaled SIGSEGV core"
std::string to_text(const Rules& rules);
std::string to_text(const ProbeTable& image);

// The way back. A line that is not understood is a std::invalid_argument that quotes it.
Observation parse_observation(std::string_view line);
Rules parse_rules(std::string_view line);
ProbeTable parse_image(std::string_view line);
int error_number(std::string_view word);

}  // namespace recount::scenario
