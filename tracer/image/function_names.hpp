// From the DIE of a function to its entry in Image::functions: each function once, however many
// copies of it were compiled, inlined or cloned. Two are one if they have the same name and are
// declared at the same place.
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
#include "tracer/elf/unit_lines.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/source_paths.hpp"

namespace recount {

class FunctionNames {
 public:
  FunctionNames(SourcePaths& paths, DwarfText& text) : paths_(paths), text_(text), declared_files_(text) {}

  // ImageLine::kNoFunction if it has no name. `file` stands in where no declaration is given.
  std::uint32_t number_of(Dwarf_Die* die, std::uint32_t file);

  struct Place {
    std::uint32_t file = 0;  // a number of SourcePaths
    std::uint32_t line = 0;
  };
  std::optional<Place> declared_at(Dwarf_Die* die);  // nullopt if it does not say, or only relative to who knows what

  void take_files_from(const Dwarf_Die& skeleton, Dwarf_CU* split) { declared_files_.take_from(skeleton, split); }

  // ImageFunction::file is a number of SourcePaths here.
  std::vector<ImageFunction>& functions() noexcept { return functions_; }

 private:
  std::uint32_t read(Dwarf_Die* die, std::uint32_t file);

  SourcePaths& paths_;
  DwarfText& text_;
  DeclaredFiles declared_files_;
  std::vector<ImageFunction> functions_;
  std::map<std::tuple<std::string, std::uint32_t, std::uint32_t>, std::uint32_t> by_declaration_;
  std::unordered_map<const void*, std::uint32_t> by_die_;
};

}  // namespace recount
