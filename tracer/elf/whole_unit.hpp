// A split unit of a package, put together with what its skeleton has in the program, so that libdw
// reads it as a unit of a program that was not split: an ELF file in memory with one unit in it,
// whose sections are the unit's parts.
//
// libdw (elfutils 0.188) ties a split unit to its skeleton only where it finds the .dwo file
// itself, and the tie is what gives it addresses. Here the sections that the skeleton names a base
// in (.debug_addr, .debug_ranges) begin at that base, which is where a unit that names none is read
// from; and the skeleton's DW_AT_low_pc, which ranges count from, takes the place of the id: it is
// as long, or of 32 bits with a number behind it. The id stands in the header in DWARF 5, where the header of a unit that is not split has
// none, and in the tree before (DW_AT_GNU_dwo_id). The offsets within the unit stay what they are.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "tracer/elf/elf_file.hpp"
#include "tracer/elf/elf_image.hpp"
#include "tracer/elf/split_file.hpp"
#include "tracer/elf/unit_header.hpp"

namespace recount {

struct SkeletonParts {
  std::uint64_t id = 0;
  std::uint64_t low_pc = 0;
  Bytes addr;    // .debug_addr from the unit's base on
  Bytes ranges;  // .debug_ranges from the unit's base on, DWARF 4
};

class WholeUnit {
 public:
  // nullptr if the two don't belong together, or are damaged. The bytes of both are borrowed.
  static std::unique_ptr<WholeUnit> join(const SplitSections& split, const SkeletonParts& skeleton);

  Dwarf_Die die() const;

 private:
  WholeUnit() = default;
  bool replace_id_in_header(const UnitHeader& header, const SplitSections& parts, const SkeletonParts& skeleton);
  bool replace_id_in_tree(const UnitHeader& header, const SplitSections& parts, const SkeletonParts& skeleton);
  bool open(const SplitSections& split, Bytes abbrev, const SkeletonParts& skeleton);

  std::vector<std::uint8_t> info_;
  std::vector<std::uint8_t> abbrev_;
  std::size_t tree_at_ = 0;
  ElfImage image_;
  DwarfHandle dwarf_;
};

}  // namespace recount
