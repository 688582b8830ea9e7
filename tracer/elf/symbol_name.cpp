#include "tracer/elf/symbol_name.hpp"

#include <cxxabi.h>
#include <libiberty/demangle.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace recount {
namespace {

std::string owned(char* text) {
  const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
  return text == nullptr ? std::string() : std::string(text);
}

bool starts_with(const std::string& text, std::string_view start) { return text.compare(0, start.size(), start) == 0; }

// Rust's older scheme borrows C++'s, so it is asked first.
std::string of_cpp(const std::string& name) {
  int status = 0;
  std::string rust = owned(rust_demangle(name.c_str(), DMGL_NO_OPTS));
  return rust.empty() ? owned(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status)) : rust;
}

std::string of_fortran(const std::string& name) {
  constexpr std::string_view kMember = "_MOD_";
  const std::size_t member = name.find(kMember);
  if (member == std::string::npos || member <= 2) return {};
  return name.substr(2, member - 2) + "::" + name.substr(member + kMember.size());
}

}  // namespace

std::string demangled(const std::string& linkage_name) {
  if (starts_with(linkage_name, "_Z")) return of_cpp(linkage_name);  // else "i" would become "int"
  if (starts_with(linkage_name, "_R")) return owned(rust_demangle(linkage_name.c_str(), DMGL_NO_OPTS));
  if (starts_with(linkage_name, "_D")) return owned(dlang_demangle(linkage_name.c_str(), DMGL_NO_OPTS));
  if (starts_with(linkage_name, "__")) return of_fortran(linkage_name);
  return {};
}

std::string ada_name(const std::string& encoded) {
  std::string name = owned(ada_demangle(encoded.c_str(), DMGL_NO_OPTS));
  return name.empty() || name.front() == '<' ? encoded : name;  // "<...>": not one of GNAT's
}

}  // namespace recount
