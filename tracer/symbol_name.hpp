// What people call a function whose name in the symbol table is mangled.
#pragma once

#include <string>

namespace recount {

// C++ (Itanium) and Rust's older scheme: "_ZN1r1m1S2go17h245b43b78f8e4ce0E" is "r::m::S::go".
// Empty if it is neither; Rust's newer scheme ("_R...") is one that we do not read.
std::string demangled(const std::string& linkage_name);

}  // namespace recount
