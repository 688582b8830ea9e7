#include "tracer/elf/function_symbols.hpp"

#include <elf.h>
#include <gelf.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "tracer/elf/elf_entries.hpp"

namespace recount {

const FunctionSymbols::Symbol* FunctionSymbols::at(std::uint64_t start) {
  const Symbol* const found = around(start);
  return found && found->start == start ? found : nullptr;
}

const FunctionSymbols::Symbol* FunctionSymbols::around(std::uint64_t address) {
  if (!is_read_) read();
  const auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                      [](std::uint64_t value, const Symbol& symbol) { return value < symbol.start; });
  if (after == symbols_.begin() || address >= std::prev(after)->end) return nullptr;
  return &*std::prev(after);
}

// A constructor has two or three names at one address. The last, of the base object, is the one that gcc counts it by.
void FunctionSymbols::read() {
  is_read_ = true;
  if (elf_ == nullptr) return;
  each_entry<GElf_Sym>(elf_, SHT_SYMTAB, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF || symbol.st_size == 0) return;
    symbols_.push_back(
        {symbol.st_value, symbol.st_value + symbol.st_size, std::string(string_at(elf_, strings, symbol.st_name))});
  });
  std::sort(symbols_.begin(), symbols_.end(),
            [](const Symbol& a, const Symbol& b) { return std::tie(a.start, b.name) < std::tie(b.start, a.name); });
  const auto same = [](const Symbol& a, const Symbol& b) { return a.start == b.start; };
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(), same), symbols_.end());
}

}  // namespace recount
