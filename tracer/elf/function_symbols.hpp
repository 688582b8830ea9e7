// Symbols of functions by address: the names that the linker knows, where the debug information has none.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace recount {

class FunctionSymbols {
 public:
  explicit FunctionSymbols(Elf* elf) : elf_(elf) {}  // nullptr: there are none

  struct Symbol {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::string name;
  };
  const Symbol* at(std::uint64_t start);        // that begins there; nullptr: none
  const Symbol* around(std::uint64_t address);  // whose code stands there

 private:
  void read();

  Elf* elf_;
  bool is_read_ = false;
  std::vector<Symbol> symbols_;  // ascending; of those with one address the one that compilers call a function by
};

}  // namespace recount
