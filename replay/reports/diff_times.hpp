// What took longer in the second of two runs than chance explains.
//
// A process is slower if it took longer than in any good run, by half and by 100 ms where there is one good run, for then nobody
// knows how much its times differ anyway. With more, they say: by as much again as lies between its shortest and its longest time there,
// and by 10 ms. A process that only waited for a slower one of its own is not named.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct MatchedProcess {  // in both runs
  const ProcessRecord* first;
  const ProcessRecord* second;
};

struct SlowerProcess {
  MatchedProcess process;
  std::int64_t before_ns = 0;  // its longest time in a good run
  std::int64_t after_ns = 0;
};

using Durations =
    std::map<Upid, std::int64_t>;  // of processes that ended, in a good run, by what they are in the first

std::optional<std::int64_t> duration_of(const ProcessRecord& process);

// The one that lost most first. `further`: of each further good run.
std::vector<SlowerProcess> slower_of(const std::vector<MatchedProcess>& matched, const std::vector<Durations>& further);

}  // namespace recount
