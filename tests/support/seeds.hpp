// Which seeds a test of many plays is told by its environment, so that one that failed is played again, and others for hours.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace recount::test {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t usual) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : usual;
}

}  // namespace recount::test
