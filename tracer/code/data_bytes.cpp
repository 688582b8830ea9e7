#include "tracer/code/data_bytes.hpp"

#include <elf.h>
#include <gelf.h>

#include <cstring>
#include <string_view>

#include "tracer/elf/elf_entries.hpp"
#include "tracer/elf/elf_file.hpp"

#ifndef SHT_RELR
#define SHT_RELR 19
#endif

namespace recount {
namespace {

std::uint64_t symbol_value(Elf* elf, GElf_Word table, std::uint64_t index) {
  Elf_Scn* const section = elf_getscn(elf, table);
  Elf_Data* const data = section ? elf_getdata(section, nullptr) : nullptr;
  GElf_Sym symbol;
  return data && gelf_getsym(data, static_cast<int>(index), &symbol) ? symbol.st_value : 0;
}

bool is_plain(Elf* elf, const GElf_Shdr& header) {
  std::size_t names = 0;
  if (header.sh_type != SHT_PROGBITS || elf_getshdrstrndx(elf, &names) != 0) return false;
  const std::string_view name = string_at(elf, names, header.sh_name);
  return !name.starts_with(".eh_frame") && !name.starts_with(".gcc_except_table");
}

}  // namespace

DataBytes::DataBytes(Elf* elf) : elf_(elf), mode_(mode_of(elf)) {
  GElf_Ehdr header;
  placed_ = gelf_getehdr(elf, &header) != nullptr && header.e_type == ET_EXEC;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section))
    add(section);
  if (mode_ == arch::Mode::bits32) find_bases();
}

void DataBytes::find_bases() {
  each_entry<GElf_Dyn>(elf_, SHT_DYNAMIC, gelf_getdyn, [this](const GElf_Dyn& entry, std::size_t) {
    if (entry.d_tag == DT_PLTGOT) bases_.push_back(entry.d_un.d_ptr);
  });
  for (const char* const name : {".got.plt", ".got"}) {
    GElf_Shdr header;
    if (Elf_Scn* const section = section_named(elf_, name); section && gelf_getshdr(section, &header) != nullptr)
      bases_.push_back(header.sh_addr);
  }
}

void DataBytes::add(Elf_Scn* section) {
  GElf_Shdr header;
  if (gelf_getshdr(section, &header) == nullptr) return;
  has_sections_ = true;
  relocated_in_place_ = relocated_in_place_ || header.sh_type == SHT_RELR || header.sh_type == SHT_REL;
  const bool is_loaded = (header.sh_flags & SHF_ALLOC) != 0 && header.sh_type != SHT_NOBITS;
  if (!is_loaded || (header.sh_flags & (SHF_EXECINSTR | SHF_COMPRESSED)) != 0) return;
  const Elf_Data* const data = elf_rawdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return;
  sections_.push_back(
      {header.sh_addr, {static_cast<const std::uint8_t*>(data->d_buf), data->d_size}, is_plain(elf_, header)});
}

std::span<const std::uint8_t> DataBytes::from(std::uint64_t address) const noexcept {
  for (const Section& section : sections_)
    if (address - section.start < section.bytes.size())
      return section.bytes.subspan(static_cast<std::size_t>(address - section.start));
  return {};
}

void DataBytes::each_address(const std::function<void(std::uint64_t)>& visit) const {
  each_relocation(visit);
  if (!placed_ && !relocated_in_place_) return;
  for (const Section& section : sections_) each_word(section, visit);
}

void DataBytes::each_distance(const std::function<void(std::uint64_t, std::uint64_t)>& visit) const {
  std::int32_t number = 0;
  for (const Section& section : sections_) {
    if (!section.is_plain) continue;
    for (std::size_t at = (4 - section.start % 4) % 4; at + sizeof number <= section.bytes.size();
         at += sizeof number) {
      std::memcpy(&number, section.bytes.data() + at, sizeof number);
      const std::uint64_t place = section.start + at;
      const auto distance = static_cast<std::uint64_t>(std::int64_t{number});
      visit(place, arch::narrowed(place + distance, mode_));
      if (placed_) visit(place, arch::narrowed(distance, mode_));
      for (const std::uint64_t base : bases_) visit(place, arch::narrowed(base + distance, mode_));
    }
  }
}

void DataBytes::each_word(const Section& section, const std::function<void(std::uint64_t)>& visit) const {
  const std::size_t size = arch::word_size(mode_);
  std::uint64_t word = 0;
  for (std::size_t at = (size - section.start % size) % size; at + size <= section.bytes.size(); at += size) {
    std::memcpy(&word, section.bytes.data() + at, size);
    visit(word);
  }
}

std::uint64_t DataBytes::word_at(std::uint64_t address) const {
  std::uint64_t word = 0;
  const auto bytes = from(address);
  if (bytes.size() >= arch::word_size(mode_)) std::memcpy(&word, bytes.data(), arch::word_size(mode_));
  return word;
}

void DataBytes::each_relocation(const std::function<void(std::uint64_t)>& visit) const {
  for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr; section = elf_nextscn(elf_, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    recount::each_relocation(section, header, [&](const GElf_Rela& entry) {
      const std::uint64_t symbol = GELF_R_SYM(entry.r_info);
      const std::uint64_t base = symbol == 0 ? 0 : symbol_value(elf_, header.sh_link, symbol);
      const std::uint64_t addend =
          header.sh_type == SHT_REL ? word_at(entry.r_offset) : static_cast<std::uint64_t>(entry.r_addend);
      visit(arch::narrowed(base + addend, mode_));
    });
  }
}

void each_code_symbol(Elf* elf, const std::function<void(std::uint64_t)>& visit) {
  const auto tell = [&](const GElf_Sym& symbol, std::size_t strings) {
    const auto type = GELF_ST_TYPE(symbol.st_info);
    const bool may_be_code = type == STT_FUNC || type == STT_NOTYPE || type == STT_GNU_IFUNC;
    if (is_local_label(string_at(elf, strings, symbol.st_name))) return;
    if (may_be_code && symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS) visit(symbol.st_value);
  };
  each_entry<GElf_Sym>(elf, SHT_SYMTAB, gelf_getsym, tell);
  each_entry<GElf_Sym>(elf, SHT_DYNSYM, gelf_getsym, tell);
}

}  // namespace recount
