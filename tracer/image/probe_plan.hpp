// Where probes stand, and which lines each of them tells of.
//
//   by line:    a probe at each address where a line begins, which tells of the lines that begin there
//   by block:   a probe at the last such address of a basic block, which tells of all lines of the block, and of those of the
//               blocks that surely ran before it
//
// By block, the lines told of are the same, by fewer stops:
//   - a probe tells of a line only if whoever comes to the probe has come through where the line begins, in the same process:
//     it stands before the probe in the probe's block or in one that runs before that (control_flow.hpp). So it stands at
//     the end: of what lies behind it nothing is said.
//   - a line is told of by its own block's probe, or by others that no way from its block can avoid: before each call, each return,
//     and each round of a loop there is one. So whoever has begun a line comes to a probe that tells of it, unless
//     execution ends between the two, in straight code. Where a signal ends it or leads it elsewhere, the lines since the last
//     probe are told of by the stop (Image::quiet_lines).
// A line that begins again where it has surely begun before needs no telling. Where blocks are doubtful, each address has its own
// probe.
#pragma once

#include <cstdint>
#include <vector>

#include "tracer/code/control_flow.hpp"

namespace recount {

struct CodeRow {  // a line that begins at an address
  std::uint64_t address = 0;
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t function = 0;
};

struct PlannedLine {
  std::uint64_t probe = 0;  // its address
  CodeRow row;
  std::uint64_t first = 0;  // the address of the first of the probes that tell of the row
};

// `rows`: ascending by address, each (address, file, line) once. The answer: ascending by probe, file and line; each once.
std::vector<PlannedLine> plan_by_line(const std::vector<CodeRow>& rows);
std::vector<PlannedLine> plan_by_block(const std::vector<CodeRow>& rows, const ControlFlow& flow);

}  // namespace recount
