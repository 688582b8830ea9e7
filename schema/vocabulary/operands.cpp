#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

template <typename Any>
std::int64_t stored_in(const Any& any, Column column) {
  std::int64_t found = 0;
  const auto look = [&](const ColumnText& at, const auto& member) {
    if (at.column == column) found = stored(member);
  };
  std::visit([&](const auto& what) { columns(what, look); }, any);
  return found;
}

}  // namespace

std::int64_t stored_in(const Action& action, Column column) { return stored_in<>(action.what, column); }
std::int64_t stored_in(const Observation& observation, Column column) { return stored_in<>(observation.what, column); }

}  // namespace recount
