#include "schema/vocabulary/action.hpp"

#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

template <std::size_t Index = 0>
std::optional<act::Any> find(EventKind kind) {
  if constexpr (Index == std::variant_size_v<act::Any>) {
    return std::nullopt;
  } else {
    using Kind = std::variant_alternative_t<Index, act::Any>;
    return Kind::kKind == kind ? std::optional<act::Any>(Kind{}) : find<Index + 1>(kind);
  }
}

}  // namespace

std::optional<act::Any> action_of(EventKind kind) { return find(kind); }

std::int64_t stored_in(const Action& action, Column column) {
  std::int64_t found = 0;
  const auto look = [&](const ColumnText& at, const auto& member) {
    if (at.column == column) found = stored(member);
  };
  std::visit([&](const auto& what) { columns(what, look); }, action.what);
  return found;
}

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
