// A file that holds units of split DWARF: a .dwo, which the compiler wrote beside an object file,
// or a .dwp, into which dwp or llvm-dwp packed those of a whole program.
//
// A .dwp has the sections of a .dwo, one unit's contribution behind the other's, and
// .debug_cu_index: a table from the id that a skeleton unit in the program shares with its split
// unit to the offsets and sizes of that unit's contributions (DWARF 5, section 7.3.5; version 2,
// which goes with DWARF 4, in gcc.gnu.org/wiki/DebugFissionDWP). libdw reads packages since 0.191
// only.
//
// Units of types are left alone: what a function is called stands in its own unit. Nothing is read
// outside of the file's sections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "tracer/elf/elf_file.hpp"
#include "tracer/elf/line_table.hpp"

namespace recount {

struct SplitSections {  // of one unit, uncompressed; they live as long as their SplitFile
  Bytes info;           // one unit, with its header
  Bytes abbrev;
  Bytes str_offsets;
  Bytes rnglists;  // DWARF 5
  Bytes str;       // of the whole file
};

class SplitFile {
 public:
  static std::optional<SplitFile> open(const std::string& path);  // nullopt: nothing of that kind is there

  std::optional<SplitSections> unit(std::uint64_t id) const;
  std::uint64_t size() const noexcept;  // of all units and their abbreviations, in bytes

 private:
  explicit SplitFile(ElfHandle elf);
  void read_index(Bytes index);
  void scan_units();

  ElfHandle elf_;
  SplitSections sections_;
  std::unordered_map<std::uint64_t, SplitSections> by_id_;
};

}  // namespace recount
