// An ELF file in memory whose sections stand elsewhere: they are borrowed, not copied.
//
// libelf reads a section from where the file begins plus sh_offset, and asks only that both ends lie within the size that it was
// told. So the headers are mapped below 2 GiB (mmap(2), MAP_32BIT), below the heap and all mappings of a program that is
// independent of its position, and the offsets lead from there to the sections. What lies below 2 GiB itself is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "tracer/elf/elf_file.hpp"

namespace recount {

struct ElfSection {
  std::string_view name;
  std::span<const std::uint8_t> bytes;  // outlive the image
};

struct Unmap {
  std::size_t size = 0;
  void operator()(char* begin) const noexcept;
};

class ElfImage {
 public:
  ElfImage() = default;
  // Those without bytes are left out. Without memory there is no file.
  explicit ElfImage(std::span<const ElfSection> sections);

  Elf* elf() const noexcept { return elf_.get(); }  // nullptr: there is none

 private:
  std::unique_ptr<char, Unmap> memory_;
  ElfHandle elf_;
};

}  // namespace recount
