// What a program's data says of its code: the bytes of its constants, and every address that is written down in it.
//
// Read from the sections that are loaded and not executed; where a file has lost its section headers, nothing is known.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tracer/base/x86_64.hpp"

namespace recount {

class DataBytes {
 public:
  explicit DataBytes(Elf* elf);

  bool is_known() const noexcept { return has_sections_; }
  bool is_placed() const noexcept { return placed_; }  // ET_EXEC: numbers in the code may be addresses
  std::span<const std::uint8_t> from(std::uint64_t address) const noexcept;  // to the end of its section

  // Addresses that are stored somewhere, each as often as it is: by relocations, or as they are. May be told of numbers that
  // are none.
  void each_address(const std::function<void(std::uint64_t)>& visit) const;
  // Numbers of 32 bits that may be kept for an address: its distance from the place where they stand, as in tables of instructions
  // that may fault, or where the program is not relocated the address itself.
  void each_distance(const std::function<void(std::uint64_t place, std::uint64_t target)>& visit) const;
  // From which code of 32 bits may count addresses, since it can't name them relative to itself: its global offset table (System V
  // ABI for i386, 3.4.6), which is the first.
  const std::vector<std::uint64_t>& bases() const noexcept { return bases_; }

 private:
  struct Section {
    std::uint64_t start;
    std::span<const std::uint8_t> bytes;  // valid as long as the Elf
    bool is_plain = true;                 // the program's own: not the unwinder's, nor the linker's
  };
  void add(Elf_Scn* section);
  void find_bases();
  std::uint64_t word_at(std::uint64_t address) const;  // 0: nothing is known
  void each_word(const Section& section, const std::function<void(std::uint64_t)>& visit) const;
  void each_relocation(const std::function<void(std::uint64_t)>& visit) const;

  Elf* elf_;
  arch::Mode mode_;
  bool has_sections_ = false;
  bool placed_ = false;
  bool relocated_in_place_ = false;  // SHT_RELR, SHT_REL: what is relocated stands in the data
  std::vector<Section> sections_;
  std::vector<std::uint64_t> bases_;
};

// Where symbols of code stand, of both tables.
void each_code_symbol(Elf* elf, const std::function<void(std::uint64_t)>& visit);

}  // namespace recount
