// The chain of processes that determined how long a run took: from its end back to whatever was waited for last.
//
// A process waits for the child that ended last before it went on, unless somebody killed that one; before that it did what it
// did itself, or what its parent did before its birth. The named query critical-path says the same in SQL.
#pragma once

#include <cstdint>
#include <map>

#include "replay/recount/history.hpp"

namespace recount {

// What each process on the path added to the run, in ns. `end_ns`: of the run, for processes that were not seen to end.
std::map<Upid, std::int64_t> critical_path(const History& history, const ProcessRecord& root, std::int64_t end_ns);

}  // namespace recount
