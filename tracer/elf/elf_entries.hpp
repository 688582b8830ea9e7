// Walks the tables of an ELF file that libelf reads entry by entry: symbols (gelf_getsym), dynamic tags (gelf_getdyn).
#pragma once

#include <gelf.h>

#include <cstddef>
#include <string_view>

namespace recount {

inline Elf_Scn* section_of_type(Elf* elf, GElf_Word type, GElf_Shdr& header) {
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section))
    if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type) return section;
  return nullptr;
}

// Calls visit(entry, strings) for each entry of the section of that type.
template <typename Entry, typename Get, typename Visit>
void each_entry(Elf* elf, GElf_Word type, Get get, Visit visit) {
  GElf_Shdr header;
  Elf_Scn* const section = section_of_type(elf, type, header);
  Elf_Data* const data = section ? elf_getdata(section, nullptr) : nullptr;
  if (data == nullptr || header.sh_entsize == 0) return;
  Entry entry;
  for (std::size_t i = 0; i < data->d_size / header.sh_entsize; ++i)
    if (get(data, static_cast<int>(i), &entry) != nullptr) visit(entry, header.sh_link);
}

// Calls visit(entry) for each relocation of a section of them. Where entries have no addend (SHT_REL, as programs of 32 bits have
// them), that stands in the place that they are for, and 0 is told.
template <typename Visit>
void each_relocation(Elf_Scn* section, const GElf_Shdr& header, Visit visit) {
  const bool has_addends = header.sh_type == SHT_RELA;
  if ((!has_addends && header.sh_type != SHT_REL) || header.sh_entsize == 0) return;
  Elf_Data* const data = elf_getdata(section, nullptr);
  for (std::size_t i = 0; data != nullptr && i < data->d_size / header.sh_entsize; ++i) {
    GElf_Rela entry{};
    GElf_Rel bare{};
    if (has_addends && gelf_getrela(data, static_cast<int>(i), &entry) == nullptr) continue;
    if (!has_addends && gelf_getrel(data, static_cast<int>(i), &bare) == nullptr) continue;
    if (!has_addends) entry = {bare.r_offset, bare.r_info, 0};
    visit(entry);
  }
}

// Of the symbols that a file has at run time: of one that is not linked dynamically, all.
inline GElf_Word symbol_table_of(Elf* elf) {
  GElf_Shdr header;
  return section_of_type(elf, SHT_DYNSYM, header) ? SHT_DYNSYM : SHT_SYMTAB;
}

inline std::string_view string_at(Elf* elf, std::size_t section, std::size_t offset) {
  const char* const text = elf_strptr(elf, section, offset);
  return text ? text : std::string_view();
}

// Of a file that LeakSanitizer is in: one that it defines, or, linked into a program, one that the program may define.
inline bool is_of_leak_check(const GElf_Sym& symbol, std::string_view name) {
  return name == (symbol.st_shndx == SHN_UNDEF ? "__lsan_is_turned_off" : "__lsan_do_leak_check");
}

// One within a function, which no compiler means to be seen. GNU as keeps those that relocations of 32 bits need.
inline bool is_local_label(std::string_view symbol) { return symbol.starts_with(".L"); }

}  // namespace recount
