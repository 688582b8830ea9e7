// Rows of a log in words, number by number: what verify shows when two of them differ.
#pragma once

#include <cstdint>
#include <string>

#include "schema/vocabulary/event.hpp"

namespace recount {

std::string describe(const Observation& observation);
std::string describe(const Action& action);
std::string describe_birth(std::int64_t utid, std::int64_t upid, std::int64_t tid, std::int64_t parent_upid);
std::string timer_word(std::uint64_t timer);

}  // namespace recount
