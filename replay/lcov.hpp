// Coverage as a tracefile: the format of geninfo(1), which lcov, genhtml and most services read.
#pragma once

#include <iosfwd>
#include <vector>

#include "replay/coverage.hpp"

namespace recount {

void write_lcov(std::ostream& out, const std::vector<FileCoverage>& files);

}  // namespace recount
