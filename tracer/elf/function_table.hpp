// The functions of one unit by address: out-of-line ones, and inlined ones within them.
//
//   FunctionTable table(code);
//   table.add_unit(unit_die);
//   table.seal();
//   for (address, ascending) for (function : table.around(address)) table.die(function) ...
//
// DIEs of one tree are visited once each, in the order in which they stand; where damaged data
// leads backward, or too deep, the walk ends and what was found so far counts.
#pragma once

#include <elfutils/libdw.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tracer/elf/elf_file.hpp"

namespace recount {

struct AddressRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;  // the first address behind
};

// Of a unit or a function, without empty ones and without what the linker threw away. nullopt if
// the DIE says nothing about addresses, or nothing readable.
std::optional<std::vector<AddressRange>> ranges_of(Dwarf_Die* die, const CodeBytes& code);

class FunctionTable {
 public:
  explicit FunctionTable(const CodeBytes& code) : code_(code) {}

  void add_unit(Dwarf_Die* unit);
  void seal();  // after the last unit, before the first find

  // The functions whose code stands there, the innermost last. Addresses must not descend from call
  // to call.
  const std::vector<std::uint32_t>& around(std::uint64_t address);
  // The same of any address, by looking at all that begin before it.
  std::vector<std::uint32_t> all_around(std::uint64_t address) const;
  std::size_t size() const noexcept { return functions_.size(); }
  Dwarf_Die& die(std::uint32_t function) { return functions_[function]; }
  bool is_artificial(std::uint32_t function) const {
    return artificial_[function];
  }  // a member that the compiler wrote

  struct Place {
    std::uint64_t address = 0;
    Dwarf_Die die{};
  };
  // Where functions that were not inlined are entered, and where the labels of goto stand.
  std::vector<Place>& entries() noexcept { return entries_; }
  std::vector<Place>& labels() noexcept { return labels_; }

 private:
  struct Interval {
    AddressRange range;
    std::uint32_t depth;
    std::uint32_t function;
  };

  void walk_children(Dwarf_Die* parent, std::uint32_t depth);
  void add_function(Dwarf_Die* die, std::uint32_t depth);
  void add_label(Dwarf_Die* die);

  const CodeBytes& code_;
  Dwarf_Off last_offset_ = 0;  // of the DIE visited last
  std::vector<Dwarf_Die> functions_;
  std::vector<bool> artificial_;
  std::vector<Place> entries_;
  std::vector<Place> labels_;
  std::vector<Interval> intervals_;  // after seal(): ascending by start, the outer before the inner
  std::size_t next_interval_ = 0;
  std::vector<Interval> open_;  // those around the address asked for last: the outer before the inner
  std::vector<std::uint32_t> around_;
};

}  // namespace recount
