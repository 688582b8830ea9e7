#include "tracer/image/function_names.hpp"

#include <dwarf.h>

#include "tracer/elf/symbol_name.hpp"

namespace recount {
namespace {

// The many inlined copies of a function share one abstract origin, which says all that we ask for.
Dwarf_Die origin_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Die origin;
  const bool inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine;
  if (!inlined || dwarf_attr(die, DW_AT_abstract_origin, &attribute) == nullptr) return *die;
  return dwarf_formref_die(&attribute, &origin) == nullptr ? *die : origin;
}

bool is_ada(Dwarf_Die* die) {
  Dwarf_Die unit;
  if (dwarf_diecu(die, &unit, nullptr, nullptr) == nullptr) return false;
  const int language = dwarf_srclang(&unit);
  return language == DW_LANG_Ada83 || language == DW_LANG_Ada95;  // GNAT 12 says Ada95 of all later ones, too
}

}  // namespace

std::uint32_t FunctionNames::number_of(Dwarf_Die* die, std::uint32_t file) {
  Dwarf_Die origin = origin_of(die);
  const auto [entry, is_new] = by_die_.try_emplace(origin.addr, ImageLine::kNoFunction);
  if (is_new) entry->second = read(&origin, file);
  return entry->second;
}

std::optional<FunctionNames::Place> FunctionNames::declared_at(Dwarf_Die* die) {
  int line = 0;
  if (dwarf_decl_line(die, &line) != 0 || line <= 0) return std::nullopt;
  const std::string file = declared_files_.of(die);
  if (file.empty() || file.front() != '/') return std::nullopt;
  return Place{paths_.number_of(file), static_cast<std::uint32_t>(line)};
}

std::uint32_t FunctionNames::read(Dwarf_Die* die, std::uint32_t file) {
  ImageFunction function;
  function.linkage_name = text_.of(die, DW_AT_linkage_name);
  if (function.linkage_name.empty()) {  // before DWARF 4
    function.linkage_name = text_.of(die, DW_AT_MIPS_linkage_name);
  }
  function.name = demangled(function.linkage_name);
  if (function.name.empty() && is_ada(die)) {
    if (function.linkage_name.empty()) function.linkage_name = text_.of(die, DW_AT_name);
    function.name = ada_name(function.linkage_name);
  }
  if (function.name.empty()) function.name = text_.of(die, DW_AT_name);
  if (function.name.empty()) function.name = function.linkage_name;
  if (function.name.empty()) return ImageLine::kNoFunction;
  if (function.name == function.linkage_name) function.linkage_name.clear();
  const std::string declared_in = declared_files_.of(die);
  const bool absolute = !declared_in.empty() && declared_in.front() == '/';
  function.file = absolute ? paths_.number_of(declared_in) : file;
  int line = 0;
  if (dwarf_decl_line(die, &line) == 0) function.line = static_cast<std::uint32_t>(line);
  const auto [entry, is_new] = by_declaration_.try_emplace({function.name, function.file, function.line},
                                                           static_cast<std::uint32_t>(functions_.size()));
  if (is_new) functions_.push_back(std::move(function));
  return entry->second;
}

}  // namespace recount
