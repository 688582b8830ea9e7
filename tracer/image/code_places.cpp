#include "tracer/image/code_places.hpp"

#include <dwarf.h>

#include <algorithm>

#include "tracer/elf/elf_entries.hpp"
#include "tracer/elf/symbol_name.hpp"

namespace recount {

CodePlaces::CodePlaces(UniqueFd fd, std::string path, const ImageSubject& subject)
    : fd_(std::move(fd)),
      path_(std::move(path)),
      subject_(subject),
      elf_(open_elf(fd_.get())),
      paths_(subject.sources),
      names_(paths_, text_),
      files_(text_) {
  if (elf_ != nullptr && elf_kind(elf_.get()) != ELF_K_ELF) elf_.reset();
}

Elf* CodePlaces::shared_elf() const { return elf_ ? elf_begin(fd_.get(), ELF_C_READ, elf_.get()) : nullptr; }

std::optional<ImageAddress> CodePlaces::address_of(const std::string& symbol) {
  const auto [known, is_new] = addresses_.emplace(symbol, std::nullopt);
  const auto value = is_new && elf_ ? symbol_value(elf_.get(), symbol) : std::nullopt;
  if (value) known->second = ImageAddress{*value};
  return known->second;
}

void CodePlaces::read_debug_info() {
  if (elf_ == nullptr || std::exchange(has_debug_info_, true)) return;
  open_debug_info();
  if (dwarf_ == nullptr) return;
  code_ = std::make_unique<CodeBytes>(elf_.get(), fd_.get());
  read_units();
}

void CodePlaces::open_debug_info() {
  const bool complete = recount::has_debug_info(elf_.get());
  if (!complete) debug_file_ = subject_.folders.find(elf_.get(), fd_.get(), path_, DebugInfo::anywhere);
  if (!complete && !debug_file_) return;
  Elf* const debug = complete ? elf_.get() : debug_file_->elf.get();
  if (is_packed_unreadably(debug)) return;
  dwarf_.reset(dwarf_begin_elf(debug, DWARF_C_READ, nullptr));
  if (dwarf_ == nullptr) return;
  names_.take_symbols_from(debug);
  const std::string folder = folder_of(complete ? fd_.get() : debug_file_->fd.get(), path_);
  shared_file_ = shared_debug_file(dwarf_.get(), folder, subject_.folders).found;
  if (shared_file_) shared_dwarf_.reset(dwarf_begin_elf(shared_file_->elf.get(), DWARF_C_READ, nullptr));
  if (shared_dwarf_ != nullptr) dwarf_setalt(dwarf_.get(), shared_dwarf_.get());
  auto packages = subject_.folders.package_places(fd_.get(), path_);
  if (!complete) packages.push_back(real_path_of(debug_file_->fd.get(), path_) + ".dwp");
  split_ = std::make_unique<SplitUnits>(dwarf_.get(), std::move(packages), subject_.folders, subject_.sources.map());
}

void CodePlaces::read_units() {
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  Dwarf_Die split;
  std::uint8_t type = 0;
  while (dwarf_get_units(dwarf_.get(), unit, &unit, nullptr, &type, &die, &split) == 0) {
    if (type == DW_UT_compile || type == DW_UT_skeleton) add_unit(&die, &split, type == DW_UT_skeleton);
  }
  std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) { return a.range.start < b.range.start; });
}

void CodePlaces::add_unit(Dwarf_Die* lines, Dwarf_Die* split, bool is_skeleton) {
  const auto ranges = ranges_of(lines, *code_);
  if (!ranges) return;
  for (const AddressRange& range : *ranges) spans_.push_back({range, units_.size()});
  units_.push_back({*lines, is_skeleton ? *split : *lines, is_skeleton, nullptr});
}

CodePlaces::Unit* CodePlaces::unit_at(std::uint64_t address) {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), address,
                                      [](std::uint64_t value, const Span& span) { return value < span.range.start; });
  for (auto span = after; span != spans_.begin();)
    if ((--span)->range.end > address) return &units_[span->unit];
  return nullptr;
}

std::vector<CodePlace> CodePlaces::at(ImageAddress address) {
  std::vector<CodePlace> places;
  read_debug_info();
  if (Unit* const unit = unit_at(raw(address))) places = in_unit(*unit, raw(address));
  if (places.empty()) places.emplace_back();
  if (places.back().function.empty()) places.back().function = symbol_at(raw(address));
  return places;
}

// A split unit numbers files as its skeleton's line table does. Without one, all that there is is the skeleton.
void CodePlaces::read_functions(Unit& unit) {
  if (unit.is_skeleton) {
    const auto found = dwarf_tag(&unit.tree) > 0 ? std::optional(unit.tree) : split_->find(&unit.lines);
    unit.tree = found.value_or(unit.lines);
    if (found) names_.take_files_from(unit.lines, found->cu);
    if (found) files_.take_from(unit.lines, found->cu);
  }
  unit.functions = std::make_unique<FunctionTable>(*code_);
  unit.functions->add_unit(&unit.tree);
  unit.functions->seal();
}

// Those of what was stripped stand where its debug information does.
std::string CodePlaces::symbol(ImageAddress address) {
  GElf_Shdr header{};
  if (elf_ != nullptr && !has_symbols_ && !debug_file_ && section_of_type(elf_.get(), SHT_SYMTAB, header) == nullptr)
    debug_file_ = subject_.folders.find(elf_.get(), fd_.get(), path_, DebugInfo::anywhere);
  return symbol_at(raw(address));
}

// A function's line is where its code stands; that of the one into which it was inlined, where it is called.
std::vector<CodePlace> CodePlaces::in_unit(Unit& unit, std::uint64_t address) {
  if (!unit.functions) read_functions(unit);
  std::vector<CodePlace> places(1);
  place_line(places.back(), &unit.lines, address);
  const auto around = unit.functions->all_around(address);
  for (std::size_t i = around.size(); i-- > 0;) {
    Dwarf_Die die = unit.functions->die(around[i]);
    places.back().function = function_name(&die);
    if (dwarf_tag(&die) != DW_TAG_inlined_subroutine) break;
    if (i == 0) break;
    places.emplace_back();
    place_call(places.back(), &die);
  }
  return places;
}

void CodePlaces::place_line(CodePlace& place, Dwarf_Die* unit, std::uint64_t address) {
  Dwarf_Line* const row = dwarf_getsrc_die(unit, address);
  int line = 0;
  const char* const file = row ? dwarf_linesrc(row, nullptr, nullptr) : nullptr;
  if (file == nullptr || dwarf_lineno(row, &line) != 0 || line <= 0) return;
  const std::string folder = file[0] == '/' ? "" : text_.of(unit, DW_AT_comp_dir) + '/';
  place.file = path_of(folder + file);
  place.line = static_cast<std::uint32_t>(line);
}

void CodePlaces::place_call(CodePlace& place, Dwarf_Die* inlined) {
  Dwarf_Attribute attribute;
  Dwarf_Word line = 0;
  if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0) return;
  const std::string file = files_.called_in(inlined);
  if (file.empty()) return;
  place.file = path_of(file);
  place.line = static_cast<std::uint32_t>(line);
}

std::string CodePlaces::function_name(Dwarf_Die* die) {
  const std::uint32_t number = names_.number_of(die, 0);
  return number == ImageLine::kNoFunction ? std::string() : names_.functions()[number].name;
}

std::string CodePlaces::path_of(const std::string& spelling) { return paths_.path(paths_.number_of(spelling)); }

void CodePlaces::read_symbols(Elf* elf, GElf_Word type) {
  each_entry<GElf_Sym>(elf, type, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    const auto kind = GELF_ST_TYPE(symbol.st_info);
    const bool code = kind == STT_FUNC || kind == STT_GNU_IFUNC || kind == STT_NOTYPE;
    if (!code || symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) return;
    const std::string_view name = string_at(elf, strings, symbol.st_name);
    if (name.empty() || is_local_label(name)) return;
    symbols_.push_back({symbol.st_value, symbol.st_size, std::string(name)});
  });
}

// One without a size is that of what was written by hand, and reaches to the next.
std::string CodePlaces::symbol_at(std::uint64_t address) {
  if (elf_ != nullptr && !std::exchange(has_symbols_, true)) {
    read_symbols(elf_.get(), SHT_SYMTAB);
    if (debug_file_) read_symbols(debug_file_->elf.get(), SHT_SYMTAB);
    read_symbols(elf_.get(), SHT_DYNSYM);
    std::stable_sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
      return a.address != b.address ? a.address < b.address : a.size < b.size;
    });
  }
  const auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                      [](std::uint64_t value, const Symbol& symbol) { return value < symbol.address; });
  if (after == symbols_.begin()) return {};
  const Symbol& symbol = *std::prev(after);
  if (symbol.size != 0 && address - symbol.address >= symbol.size) return {};
  const std::string name = demangled(symbol.name);
  return name.empty() ? symbol.name : name;
}

}  // namespace recount
