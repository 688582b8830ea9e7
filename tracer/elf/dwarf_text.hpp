// Reads text from DWARF attributes, and never beyond the section that holds it.
//
// dwarf_formstring gives a pointer without a length, and in damaged files the terminating zero may
// be missing (elfutils 0.188 does not look for it in .debug_line_str).
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace recount {

class DwarfText {
 public:
  // Looks through DW_AT_abstract_origin and DW_AT_specification, and from a split unit to its
  // skeleton. Empty if there is no such attribute, or nothing readable.
  std::string of(Dwarf_Die* die, unsigned attribute);

 private:
  using Sections = std::vector<std::span<const std::uint8_t>>;
  const Sections& sections_of(Dwarf* dwarf);

  std::unordered_map<Dwarf*, Sections> sections_;
};

}  // namespace recount
