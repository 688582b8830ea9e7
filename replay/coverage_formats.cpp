#include "replay/coverage_formats.hpp"

#include <array>

namespace recount {

std::span<const CoverageFormat> all_coverage_formats() {
  static constexpr std::array kFormats{
      CoverageFormat{"text", "each file with the ranges that did not run", write_coverage_text},
      CoverageFormat{"lcov", "a tracefile: lcov, genhtml, most services and editors",
                     write_coverage_lcov},
      CoverageFormat{"json", "all that is known of each line", write_coverage_json},
  };
  return kFormats;
}

}  // namespace recount
