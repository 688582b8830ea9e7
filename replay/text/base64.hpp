// Bytes as base64 (RFC 4648, section 4), for places that take text alone.
#pragma once

#include <string>
#include <string_view>

namespace recount {

std::string base64(std::string_view bytes);

}  // namespace recount
