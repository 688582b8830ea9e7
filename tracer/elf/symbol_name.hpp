// What people call a function whose name in the symbol table is mangled.
#pragma once

#include <string>

namespace recount {

// C++ (Itanium), Rust in both schemes (without hashes), D, and procedures of Fortran's modules as gfortran names them:
// "_RNvCs123_1r4main" is "r::main", "__shapes_MOD_twice" is "shapes::twice". Empty if it is none of them.
std::string demangled(const std::string& linkage_name);

// GNAT writes names plainly, in an encoding that only who knows the language can tell: "shapes__twice" is "shapes.twice".
// As it is, if it is no such name.
std::string ada_name(const std::string& encoded);

}  // namespace recount
