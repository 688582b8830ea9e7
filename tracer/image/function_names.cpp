#include "tracer/image/function_names.hpp"

#include <dwarf.h>

#include <utility>

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

// Of a copy that was not inlined, as C++ writes it. What clones have behind a dot is not of the name.
std::string FunctionNames::symbol_of(Dwarf_Die* die) {
  Dwarf_Addr entry = 0;
  if (dwarf_tag(die) != DW_TAG_subprogram || dwarf_entrypc(die, &entry) != 0) return {};
  const FunctionSymbols::Symbol* const symbol = symbols_.at(entry);
  if (symbol == nullptr || !symbol->name.starts_with("_Z")) return {};
  return symbol->name.substr(0, symbol->name.find('.'));
}

std::uint32_t FunctionNames::read(Dwarf_Die* die, std::uint32_t file) {
  ImageFunction function;
  function.linkage_name = text_.of(die, DW_AT_linkage_name);
  if (function.linkage_name.empty()) {  // before DWARF 4
    function.linkage_name = text_.of(die, DW_AT_MIPS_linkage_name);
  }
  const bool is_bare = function.linkage_name.empty() && !is_ada(die);
  if (is_bare) function.linkage_name = symbol_of(die);
  function.name = demangled(function.linkage_name);
  if (function.name.empty() && is_ada(die)) {
    if (function.linkage_name.empty()) function.linkage_name = text_.of(die, DW_AT_name);
    function.name = ada_name(function.linkage_name);
  }
  const std::string bare_name = text_.of(die, DW_AT_name);
  if (function.name.empty()) function.name = bare_name;
  if (function.name.empty()) function.name = function.linkage_name;
  if (function.name.empty()) return ImageLine::kNoFunction;
  if (function.name == function.linkage_name) function.linkage_name.clear();
  const std::string declared_in = declared_files_.of(die);
  const bool absolute = !declared_in.empty() && declared_in.front() == '/';
  function.file = absolute ? paths_.number_of(declared_in) : file;
  int line = 0;
  if (dwarf_decl_line(die, &line) == 0) function.line = static_cast<std::uint32_t>(line);
  if (!is_bare) return add(std::move(function));
  return function.linkage_name.empty() ? add_bare(std::move(function)) : add_by_symbol(std::move(function), bare_name);
}

std::uint32_t FunctionNames::add(ImageFunction function) {
  const auto [entry, is_new] = by_declaration_.try_emplace({function.name, function.file, function.line},
                                                           static_cast<std::uint32_t>(functions_.size()));
  if (is_new) functions_.push_back(std::move(function));
  return entry->second;
}

std::uint32_t FunctionNames::add_bare(ImageFunction function) {
  const Key key{function.name, function.file, function.line};
  if (const auto known = by_bare_name_.find(key); known != by_bare_name_.end()) return known->second;
  return by_bare_name_[key] = add(std::move(function));
}

// It may have been met as an inlined copy first.
std::uint32_t FunctionNames::add_by_symbol(ImageFunction function, const std::string& bare_name) {
  const Key key{function.name, function.file, function.line};
  const auto [bare, is_new] = by_bare_name_.try_emplace({bare_name, function.file, function.line}, 0);
  if (is_new) return bare->second = add(std::move(function));
  ImageFunction& known = functions_[bare->second];
  if (!known.linkage_name.empty()) return add(std::move(function));
  by_declaration_[key] = bare->second;
  known = std::move(function);
  return bare->second;
}

std::uint32_t FunctionNames::number_by_symbol(std::uint64_t address, std::uint32_t file) {
  const FunctionSymbols::Symbol* const symbol = symbols_.around(address);
  if (symbol == nullptr) return ImageLine::kNoFunction;
  const auto [number, is_new] = by_symbol_.try_emplace(symbol->start, 0);
  if (!is_new) return number->second;
  const std::string linkage_name = symbol->name.substr(0, symbol->name.find('.'));
  ImageFunction function{.name = demangled(linkage_name), .linkage_name = linkage_name, .file = file};
  if (function.name.empty()) function.name = std::exchange(function.linkage_name, {});
  return number->second = add(std::move(function));
}

}  // namespace recount
