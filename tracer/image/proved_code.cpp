#include "tracer/image/proved_code.hpp"

#include <elf.h>
#include <gelf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <string_view>

#include "tracer/code/landing_pads.hpp"
#include "tracer/elf/elf_entries.hpp"

namespace recount {
namespace {

// Of the C library and the C++ runtime: what stands behind a call of theirs may be data.
bool never_returns(std::string_view name) {
  constexpr std::array<std::string_view, 24> kNames{"exit",
                                                    "_exit",
                                                    "_Exit",
                                                    "quick_exit",
                                                    "abort",
                                                    "__assert_fail",
                                                    "__assert",
                                                    "__chk_fail",
                                                    "__assert_perror_fail",
                                                    "__stack_chk_fail",
                                                    "__fortify_fail",
                                                    "__libc_start_main",
                                                    "longjmp",
                                                    "_longjmp",
                                                    "siglongjmp",
                                                    "__longjmp_chk",
                                                    "pthread_exit",
                                                    "thrd_exit",
                                                    "err",
                                                    "errx",
                                                    "verrx",
                                                    "__cxa_throw",
                                                    "__cxa_rethrow",
                                                    "_Unwind_Resume"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_function(const GElf_Sym& symbol) {
  const auto type = GELF_ST_TYPE(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC);
}

using SymbolVisit = std::function<void(const GElf_Sym&, std::string_view)>;

void each_symbol(Elf* elf, const SymbolVisit& visit) {
  const auto tell = [&](const GElf_Sym& symbol, std::size_t strings) {
    if (symbol.st_shndx != SHN_UNDEF) visit(symbol, string_at(elf, strings, symbol.st_name));
  };
  each_entry<GElf_Sym>(elf, SHT_SYMTAB, gelf_getsym, tell);
  each_entry<GElf_Sym>(elf, SHT_DYNSYM, gelf_getsym, tell);
}

void add_symbols(Elf* elf, ReachedCode& reached) {
  each_symbol(elf, [&](const GElf_Sym& symbol, std::string_view name) {
    const auto type = GELF_ST_TYPE(symbol.st_info);
    if (is_function(symbol) || (type == STT_NOTYPE && name == "main")) reached.add_function(symbol.st_value);
    if (type == STT_OBJECT) reached.add_data(symbol.st_value);
  });
}

void add_initializers(Elf_Scn* section, const GElf_Shdr& header, arch::Mode mode, ReachedCode& reached) {
  Elf_Data* const data = elf_rawdata(section, nullptr);
  const std::size_t size = arch::word_size(mode);
  std::uint64_t address = 0;
  for (std::size_t at = 0; data != nullptr && header.sh_type != SHT_NOBITS && at + size <= data->d_size; at += size) {
    std::memcpy(&address, static_cast<const char*>(data->d_buf) + at, size);
    reached.add_function(address);
  }
}

std::string_view name_of(Elf* elf, GElf_Word table, std::uint64_t index) {
  Elf_Scn* const section = elf_getscn(elf, table);
  Elf_Data* const data = section ? elf_getdata(section, nullptr) : nullptr;
  GElf_Shdr header;
  GElf_Sym symbol;
  if (data == nullptr || gelf_getshdr(section, &header) == nullptr ||
      gelf_getsym(data, static_cast<int>(index), &symbol) == nullptr)
    return {};
  return string_at(elf, header.sh_link, symbol.st_name);
}

void add_relocations(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, const std::vector<AddressRange>& arrays,
                     ReachedCode& reached) {
  each_relocation(section, header, [&](const GElf_Rela& entry) {
    const std::uint64_t symbol = GELF_R_SYM(entry.r_info);
    if (symbol != 0 && never_returns(name_of(elf, header.sh_link, symbol))) reached.add_exit(entry.r_offset);
    const auto holds = [&](const AddressRange& a) { return entry.r_offset >= a.start && entry.r_offset < a.end; };
    if (header.sh_type == SHT_RELA && symbol == 0 && std::any_of(arrays.begin(), arrays.end(), holds))
      reached.add_function(static_cast<std::uint64_t>(entry.r_addend));
  });
}

bool is_array_of_functions(const GElf_Shdr& header) {
  return header.sh_type == SHT_INIT_ARRAY || header.sh_type == SHT_FINI_ARRAY || header.sh_type == SHT_PREINIT_ARRAY;
}

template <typename Visit>  // visit(section, its header)
void each_section(Elf* elf, Visit visit) {
  GElf_Shdr header;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section))
    if (gelf_getshdr(section, &header) != nullptr) visit(section, header);
}

// What a relocation fills in may stand there as well, or not.
void add_sections(Elf* elf, ReachedCode& reached) {
  std::vector<AddressRange> arrays;
  each_section(elf, [&](Elf_Scn* section, const GElf_Shdr& header) {
    if (!is_array_of_functions(header)) return;
    arrays.push_back({header.sh_addr, header.sh_addr + header.sh_size});
    add_initializers(section, header, mode_of(elf), reached);
  });
  each_section(
      elf, [&](Elf_Scn* section, const GElf_Shdr& header) { add_relocations(elf, section, header, arrays, reached); });
}

}  // namespace

ReachedCode proved_code_of(Elf* program, Elf* debug, const std::vector<std::uint64_t>& compiled,
                           const CodeBytes& code) {
  ReachedCode reached(code);
  GElf_Ehdr header;
  if (gelf_getehdr(program, &header) != nullptr && header.e_entry != 0) reached.add_function(header.e_entry);
  add_symbols(program, reached);
  if (debug != program) add_symbols(debug, reached);
  add_sections(program, reached);
  const UnwindPlaces unwind = unwind_places_of(program);
  for (const std::uint64_t function : unwind.functions) reached.add_function(function);
  for (const std::uint64_t pad : unwind.pads) reached.add_code(pad);
  for (const std::uint64_t address : compiled) reached.add_code(address);
  reached.follow();
  return reached;
}

std::vector<AddressRange> function_symbols_of(Elf* program, Elf* debug) {
  std::vector<AddressRange> ranges;
  const auto add = [&](const GElf_Sym& symbol, std::string_view) {
    if (is_function(symbol) && symbol.st_size != 0)
      ranges.push_back({symbol.st_value, symbol.st_value + symbol.st_size});
  };
  each_symbol(program, add);
  if (debug != program) each_symbol(debug, add);
  return ranges;
}

}  // namespace recount
