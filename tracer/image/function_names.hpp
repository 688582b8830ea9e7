// From the DIE of a function to its entry in Image::functions: each function once, however many
// copies of it were compiled, inlined or cloned. Two are one if they have the same name and are
// declared at the same place. g++ gives no linkage name to what has internal linkage, nor to lambdas: their symbols have it.
// A copy that was inlined has no symbol, and is one with a copy that was not.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "tracer/elf/dwarf_text.hpp"
#include "tracer/elf/function_symbols.hpp"
#include "tracer/elf/unit_lines.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/source_paths.hpp"

namespace recount {

class FunctionNames {
 public:
  FunctionNames(SourcePaths& paths, DwarfText& text) : paths_(paths), text_(text), declared_files_(text) {}
  void take_symbols_from(Elf* elf) { symbols_ = FunctionSymbols(elf); }  // before the first name

  // ImageLine::kNoFunction if it has no name. `file` stands in where no declaration is given.
  std::uint32_t number_of(Dwarf_Die* die, std::uint32_t file);

  // Of code that the debug information has no function for, by its symbol. kNoFunction if it has none.
  std::uint32_t number_by_symbol(std::uint64_t address, std::uint32_t file);

  struct Place {
    std::uint32_t file = 0;  // a number of SourcePaths
    std::uint32_t line = 0;
  };
  std::optional<Place> declared_at(Dwarf_Die* die);  // nullopt if it does not say, or only relative to who knows what

  void take_files_from(const Dwarf_Die& skeleton, Dwarf_CU* split) { declared_files_.take_from(skeleton, split); }

  // ImageFunction::file is a number of SourcePaths here.
  std::vector<ImageFunction>& functions() noexcept { return functions_; }

 private:
  using Key = std::tuple<std::string, std::uint32_t, std::uint32_t>;  // a name, and where it is declared

  std::uint32_t read(Dwarf_Die* die, std::uint32_t file);
  std::string symbol_of(Dwarf_Die* die);
  std::uint32_t add(ImageFunction function);
  std::uint32_t add_bare(ImageFunction function);
  std::uint32_t add_by_symbol(ImageFunction function, const std::string& bare_name);

  SourcePaths& paths_;
  DwarfText& text_;
  FunctionSymbols symbols_{nullptr};
  DeclaredFiles declared_files_;
  std::vector<ImageFunction> functions_;
  std::map<Key, std::uint32_t> by_declaration_;
  std::map<Key, std::uint32_t> by_bare_name_;  // those that the debug information has no linkage name of
  std::unordered_map<std::uint64_t, std::uint32_t> by_symbol_;
  std::unordered_map<const void*, std::uint32_t> by_die_;
};

}  // namespace recount
