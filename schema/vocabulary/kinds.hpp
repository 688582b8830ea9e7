// One of the kinds of a variant, by its number.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "schema/vocabulary/event_kind.hpp"

namespace recount {

// With nothing in it; none if the variant has no such kind.
template <typename Any, std::size_t Index = 0>
std::optional<Any> of_kind(EventKind kind) {
  if constexpr (Index == std::variant_size_v<Any>) {
    return std::nullopt;
  } else {
    using Kind = std::variant_alternative_t<Index, Any>;
    return Kind::kKind == kind ? std::optional<Any>(Kind{}) : of_kind<Any, Index + 1>(kind);
  }
}

}  // namespace recount
