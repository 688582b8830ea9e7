// The walk through the source: which lines were come to, in order.
//
// With `--hits=counts,ordered` the log has each time that control comes to a line, or back to the rest of it from elsewhere; without, the
// first in each program.
// What flags and counters tell of has no order, and is left out.
#pragma once

#include <cstdint>
#include <functional>

#include "replay/log/sources.hpp"

namespace recount {

struct Request;

struct LineStep {  // a thread comes to a line
  std::uint64_t seq = 0;
  std::int64_t time_ns = 0;
  std::uint32_t upid = 0, utid = 0;
  const ProbeLine* line = nullptr;
};

// As the request's format says, text or JSON: those steps that `wants` says. What is without order is told on standard error.
void write_line_walk(const Request& request, const Sources& sources, const std::function<bool(const LineStep&)>& wants);

}  // namespace recount
