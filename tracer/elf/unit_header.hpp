// The header of a unit of .debug_info (DWARF 2 to 5, section 7.5.1), as far as units of split DWARF
// need it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace recount {

struct UnitHeader {
  std::size_t size = 0;       // of the unit, this header included
  std::size_t own_size = 0;   // of this header: the unit's tree begins behind it
  std::size_t type_at = 0;    // where the type stands, DWARF 5
  std::size_t abbrev_at = 0;  // where the offset of the abbreviations stands
  bool wide = false;          // 64-bit DWARF: offsets have 8 bytes
  std::uint16_t version = 0;
  std::uint8_t type = 0;  // DW_UT_*, DWARF 5
  std::uint8_t address_size = 0;
  std::uint64_t abbrev_offset = 0;
  std::uint64_t id = 0;  // of a skeleton or split unit of DWARF 5; before, it stands in the tree

  // nullopt if the unit that `bytes` begin with is not wholly in them, or has addresses of neither 64 nor 32 bits.
  static std::optional<UnitHeader> read(std::span<const std::uint8_t> bytes);
};

}  // namespace recount
