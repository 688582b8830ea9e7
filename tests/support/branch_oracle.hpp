// Which ways the jumps of a program really took: it is run instruction by instruction.
//
//   const auto taken = ways_taken({"./program", "3"}, {{0x1139, 2}});    // addresses in the file, and how long the jumps are
//
// The program has a symbol main, where the look begins. What it starts itself is not looked at.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace recount::test {

struct TrueWays {
  std::set<std::pair<std::uint64_t, int>> taken;          // the jump's address in the file; 1 on, 2 elsewhere
  std::set<std::pair<std::uint64_t, std::uint64_t>> led;  // the jump's address, and where it led
  bool ended = false;                                     // else it took too long
};

// The jumps by their addresses in the file, with their lengths.
using Jumps = std::map<std::uint64_t, std::uint64_t>;
TrueWays ways_taken(const std::vector<std::string>& command, const Jumps& jumps);

// How long the jumps are that stand there in the file.
Jumps jumps_at(const std::string& program, const std::vector<std::uint64_t>& addresses);

}  // namespace recount::test
