#include "tracer/dynamic_linking.hpp"

#include <Zydis/Zydis.h>
#include <gelf.h>

#include <optional>
#include <string_view>

namespace recount {
namespace {

Elf_Scn* section_of_type(Elf* elf, GElf_Word type, GElf_Shdr& header) {
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section))
    if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type) return section;
  return nullptr;
}

bool has_segment(Elf* elf, GElf_Word type) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return false;
  GElf_Phdr header;
  for (std::size_t i = 0; i < count; ++i)
    if (gelf_getphdr(elf, static_cast<int>(i), &header) != nullptr && header.p_type == type) return true;
  return false;
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

std::string_view string_at(Elf* elf, std::size_t section, std::size_t offset) {
  const char* const text = elf_strptr(elf, section, offset);
  return text ? text : std::string_view();
}

void read_entry(Elf* elf, const GElf_Dyn& entry, std::size_t strings, DynamicLinking& linking) {
  if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) linking.has_search_path = true;
  if (entry.d_tag == DT_NEEDED) linking.needed.emplace_back(string_at(elf, strings, entry.d_un.d_val));
}

// Empty: it can not be done for the task by moving its pc, or its pc and stack pointer.
std::optional<std::uint8_t> length_to_skip(std::span<const std::uint8_t> bytes) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  ZydisDecodedInstruction instruction;
  if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&decoder, nullptr, bytes.data(), bytes.size(), &instruction)))
    return std::nullopt;
  if (instruction.mnemonic == ZYDIS_MNEMONIC_RET && instruction.raw.imm[0].size == 0) return 0;
  if (instruction.mnemonic == ZYDIS_MNEMONIC_ENDBR64 || instruction.mnemonic == ZYDIS_MNEMONIC_NOP)
    return instruction.length;
  return std::nullopt;
}

}  // namespace

DynamicLinking dynamic_linking_of(Elf* elf) {
  DynamicLinking linking;
  linking.has_interpreter = has_segment(elf, PT_INTERP);
  each_entry<GElf_Dyn>(elf, SHT_DYNAMIC, gelf_getdyn, [&](const GElf_Dyn& entry, std::size_t strings) {
    read_entry(elf, entry, strings, linking);
  });
  each_entry<GElf_Sym>(elf, SHT_DYNSYM, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    if (symbol.st_shndx != SHN_UNDEF) return;
    const std::string_view name = string_at(elf, strings, symbol.st_name);
    if (name == "dlopen" || name == "dlmopen") linking.loads_at_run_time = true;
  });
  return linking;
}

ObjectOutline outline_of(int fd) {
  const ElfHandle elf = open_elf(fd);
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return {};
  return {dynamic_linking_of(elf.get()), has_debug_info(elf.get())};
}

std::vector<ImageWatch> loader_watches_of(Elf* elf, const CodeBytes& code) {
  std::vector<ImageWatch> watches;
  each_entry<GElf_Sym>(elf, SHT_DYNSYM, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    if (symbol.st_shndx == SHN_UNDEF || !watches.empty()) return;
    if (string_at(elf, strings, symbol.st_name) != "_dl_debug_state") return;
    const auto bytes = code.from(symbol.st_value);
    if (const auto length = length_to_skip(bytes))
      watches.push_back({{ImageAddress{symbol.st_value}, WatchKind::loader, *length}, bytes.front()});
  });
  return watches;
}

}  // namespace recount
