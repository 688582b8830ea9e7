// How the members of a kind of row stand in the columns of trace_event, and what they are called.
//
// Each kind is a struct, and beside it stands one function that takes it apart, once, for everybody:
//
//   template <Either<Lift> Self>
//   void columns(Self& lift, auto&& visit) {
//     auto& [probe, at, exec] = lift;                         // who adds a member is stopped by the compiler here
//     visit({Column::value, "probe", "`probe_id`"}, probe);
//     ...
//   }
//
// From it come the writer and the reader of rows, the words of scenarios, what `verify` shows, the map of ids of a merge, and
// the tables of schema/README.md. An id has a type of its own, and that is how a merge knows it.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

#include "schema/vocabulary/event_kind.hpp"
#include "schema/vocabulary/ids.hpp"

namespace recount {

enum class Column : std::uint8_t { address, value, exec_id };

// Of a number that has no type of its own: how it is written for people. An `always` is there even if it is 0.
enum class Form : std::uint8_t { number, hex, signal, always };

struct ColumnText {
  Column column;
  std::string_view name;     // in a scenario: name=...
  std::string_view meaning;  // in the manual
  Form form = Form::number;
};

template <typename Self, typename Kind>
concept Either = std::same_as<std::remove_const_t<Self>, Kind>;  // Kind or const Kind

// An id or an address is NULL where there is none, and so is a number that is 0. A signal is always there: 0 is none.
constexpr bool is_null(const ColumnText& column, std::int64_t stored) {
  return stored == 0 && column.form != Form::signal && column.form != Form::always;
}

// A kind that uses none of these columns.
template <EventKind K>
struct Plain {
  static constexpr EventKind kKind = K;
  friend bool operator==(const Plain&, const Plain&) = default;
};
template <EventKind K>
void columns(const Plain<K>&, auto&&) {}

// How a member stands in its column.
template <typename Member>
constexpr std::int64_t stored(const Member& member) {
  if constexpr (std::is_enum_v<Member>)
    return static_cast<std::int64_t>(static_cast<std::underlying_type_t<Member>>(member));
  else
    return static_cast<std::int64_t>(member);
}

// What a kind knows: which it is.
template <typename Any>
constexpr EventKind kind_of(const Any& what) noexcept {
  return std::visit([](const auto& one) { return one.kKind; }, what);
}

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace recount
