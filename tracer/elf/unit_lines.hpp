// Finds the line table that belongs to a unit of DWARF.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tracer/elf/dwarf_text.hpp"
#include "tracer/elf/line_table.hpp"

namespace recount {

LineSections line_sections_of(Elf* elf);  // unpacked here if libdw has not done so

std::optional<std::uint64_t> line_table_offset(Dwarf_Die* unit);

// Turns DW_AT_decl_file into a path. dwarf_decl_file would do, but it aborts the process on units
// of a .dwo file (elfutils 0.188: "Assertion `cu->files != NULL'"), and it decodes the rows as
// well.
class DeclaredFiles {
 public:
  explicit DeclaredFiles(DwarfText& text) : text_(text) {}

  std::string of(Dwarf_Die* function);        // empty if unknown
  std::string called_in(Dwarf_Die* inlined);  // DW_AT_call_file
  // The split unit numbers files as its skeleton's line table does (gcc repeats the files in the .dwo file, clang does not).
  void take_from(const Dwarf_Die& skeleton, Dwarf_CU* split) { skeletons_.insert_or_assign(split, skeleton); }

 private:
  std::string named_by(Dwarf_Attribute* attribute);
  const std::vector<std::string>& files_of(Dwarf_CU* unit);

  DwarfText& text_;
  std::unordered_map<Dwarf_CU*, Dwarf_Die> skeletons_;
  std::unordered_map<Dwarf_CU*, std::vector<std::string>> by_unit_;
};

}  // namespace recount
