// Readers of the description of a row's columns that several rooms need.
#pragma once

#include <optional>

#include "schema/vocabulary/event.hpp"

namespace recount {

// The member of an action that is an Id, if it has one: ProbeId, WatchId, ImageId, ...
template <typename Id>
std::optional<Id> id_of(const Action& action) {
  std::optional<Id> id;
  const auto find = [&](const ColumnText&, const auto& member) {
    if constexpr (std::is_same_v<std::decay_t<decltype(member)>, Id>) id = member;
  };
  std::visit([&](const auto& what) { columns(what, find); }, action.what);
  return id;
}

// What the row has in that column of trace_event; 0 where it has none.
std::int64_t stored_in(const Action& action, Column column);
std::int64_t stored_in(const Observation& observation, Column column);

bool has_signal(const Action& action);  // its kind has one, 0 included
int signal_of(const Action& action);    // 0: it has none

}  // namespace recount
