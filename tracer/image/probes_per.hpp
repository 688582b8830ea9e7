// What has a probe of its own: each line at each address where it begins, or what runs as a whole (probe_plan.hpp).
#pragma once

#include <cstdint>

namespace recount {

enum class ProbesPer : std::uint8_t { line, block };

}  // namespace recount
