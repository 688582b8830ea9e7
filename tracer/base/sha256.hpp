// SHA-256 (FIPS 180-4) of a text, in 64 hexadecimal digits, lower case.
#pragma once

#include <string>

namespace recount {

std::string sha256(const std::string& text);

}  // namespace recount
