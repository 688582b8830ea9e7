#include "tracer/elf/dynamic_linking.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "tracer/elf/elf_entries.hpp"

namespace recount {
namespace {

constexpr std::array kSanitizers{"libasan.so", "liblsan.so", "libclang_rt.asan", "libclang_rt.lsan"};

bool has_segment(Elf* elf, GElf_Word type) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return false;
  GElf_Phdr header;
  for (std::size_t i = 0; i < count; ++i)
    if (gelf_getphdr(elf, static_cast<int>(i), &header) != nullptr && header.p_type == type) return true;
  return false;
}

void read_entry(Elf* elf, const GElf_Dyn& entry, std::size_t strings, DynamicLinking& linking) {
  if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) linking.has_search_path = true;
  if (entry.d_tag == DT_NEEDED) linking.needed.emplace_back(string_at(elf, strings, entry.d_un.d_val));
}

void read_symbol(const GElf_Sym& symbol, std::string_view name, DynamicLinking& linking) {
  linking.has_leak_check |= is_of_leak_check(symbol, name);
  if (symbol.st_shndx != SHN_UNDEF) return;
  if (name == "dlopen" || name == "dlmopen") linking.loads_at_run_time = true;
  if (name == "ptrace") linking.calls_ptrace = true;
}

}  // namespace

DynamicLinking dynamic_linking_of(Elf* elf) {
  DynamicLinking linking;
  linking.has_interpreter = has_segment(elf, PT_INTERP);
  each_entry<GElf_Dyn>(elf, SHT_DYNAMIC, gelf_getdyn,
                       [&](const GElf_Dyn& entry, std::size_t strings) { read_entry(elf, entry, strings, linking); });
  each_entry<GElf_Sym>(elf, SHT_DYNSYM, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    read_symbol(symbol, string_at(elf, strings, symbol.st_name), linking);
  });
  if (!linking.has_interpreter)
    each_entry<GElf_Sym>(elf, SHT_SYMTAB, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
      if (string_at(elf, strings, symbol.st_name) == "ptrace") linking.calls_ptrace = true;
    });
  return linking;
}

std::string leak_sanitizer_of(const DynamicLinking& linking) {
  for (const std::string& object : linking.needed)
    if (std::any_of(kSanitizers.begin(), kSanitizers.end(), [&](const char* name) { return object.starts_with(name); }))
      return "needs " + object;
  return linking.has_leak_check ? "has LeakSanitizer linked in" : "";
}

ObjectOutline outline_of(int fd, const DebugFolders& folders) {
  const ElfHandle elf = open_elf(fd);
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return {};
  const bool has_debug = has_debug_info(elf.get()) || folders.find_by_build_id(build_id_of(elf.get()));
  return {dynamic_linking_of(elf.get()), has_debug};
}

}  // namespace recount
