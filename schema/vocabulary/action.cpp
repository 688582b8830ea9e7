#include "schema/vocabulary/action.hpp"

#include "schema/vocabulary/kinds.hpp"
#include "schema/vocabulary/operands.hpp"

namespace recount {

std::optional<act::Any> action_of(EventKind kind) { return of_kind<act::Any>(kind); }

bool has_signal(const Action& action) {
  bool has = false;
  const auto look = [&](const ColumnText& at, const auto&) { has = has || at.form == Form::signal; };
  std::visit([&](const auto& what) { columns(what, look); }, action.what);
  return has;
}

int signal_of(const Action& action) {
  int signal = 0;
  const auto look = [&](const ColumnText& at, const auto& member) {
    if (at.form == Form::signal) signal = static_cast<int>(stored(member));
  };
  std::visit([&](const auto& what) { columns(what, look); }, action.what);
  return signal;
}

}  // namespace recount
