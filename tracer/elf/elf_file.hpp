// Owners for libelf's and libdw's handles, and the machine code of an ELF file.
#pragma once

#include <elfutils/libdw.h>
#include <libelf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/x86_64.hpp"

namespace recount {

struct ElfEnd {
  void operator()(Elf* elf) const noexcept { elf_end(elf); }
};
struct DwarfEnd {
  void operator()(Dwarf* dwarf) const noexcept { dwarf_end(dwarf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfEnd>;
using DwarfHandle = std::unique_ptr<Dwarf, DwarfEnd>;  // dies before the Elf that it reads from

// Reads on demand instead of mapping the file: a library that is overwritten meanwhile would kill
// us with SIGBUS.
ElfHandle open_elf(int fd);

std::string build_id_of(Elf* elf);    // hexadecimal, lower case; empty if it has none
bool has_debug_info(Elf* elf);        // in the file itself
bool is_packed_unreadably(Elf* elf);  // its debug information: zstd, with elfutils before 0.189 or built without it
Elf_Scn* section_named(Elf* elf, const std::string& name);  // nullptr if there is none
std::span<const std::uint8_t> section_bytes(Elf* elf,
                                            const std::string& name);  // valid as long as `elf`

// Of a symbol that the file defines (symbol_table_of).
std::optional<std::uint64_t> symbol_value(Elf* elf, std::string_view name);

// What stands in the executable PT_LOAD segments, as far as the file holds it.
class CodeBytes {
 public:
  CodeBytes(Elf* elf, int fd);

  arch::Mode mode() const noexcept { return mode_; }  // of its instructions
  bool empty() const noexcept { return segments_.empty(); }
  std::uint64_t size() const noexcept;
  // From `address` to the end of its segment; empty if no code can stand there.
  std::span<const std::uint8_t> from(std::uint64_t address) const noexcept;
  template <typename Visit>  // visit(its address, its bytes)
  void each_segment(Visit visit) const {
    for (const Segment& segment : segments_) visit(segment.start, std::span(segment.bytes));
  }
  // Where linkers put the addresses of what they threw away: 0, 1, -1, -2, or anything below all
  // code.
  bool is_tombstone(std::uint64_t address) const noexcept;

 private:
  struct Segment {
    std::uint64_t start;
    std::vector<std::uint8_t> bytes;
  };
  arch::Mode mode_;
  std::vector<Segment> segments_;  // ascending
};

arch::Mode mode_of(Elf* elf);

}  // namespace recount
