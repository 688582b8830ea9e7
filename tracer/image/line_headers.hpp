// A quick look at whose sources a file's line tables name, without its other debug information.
#pragma once

#include <libelf.h>

#include "schema/shared/source_filter.hpp"

namespace recount {

// False only if every table is of DWARF 5, where the header has all of a path (section 6.2.4), and none names a file that
// is wanted. What is damaged may name any.
bool line_headers_may_name(Elf* elf, const SourceFilter& sources);

}  // namespace recount
