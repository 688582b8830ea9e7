#include "tracer/elf/dwarf_text.hpp"

#include <cstring>

#include "tracer/elf/elf_file.hpp"

namespace recount {
namespace {

template <typename Visit>
void for_each_text_section(Dwarf* dwarf, Visit visit) {
  if (dwarf == nullptr) return;
  for (const std::string name : {"debug_str", "debug_line_str", "debug_info", "debug_types"}) {
    visit(section_bytes(dwarf_getelf(dwarf), '.' + name));
    visit(section_bytes(dwarf_getelf(dwarf), ".z" + name));
    visit(section_bytes(dwarf_getelf(dwarf), '.' + name + ".dwo"));
  }
}

}  // namespace

std::string DwarfText::of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  if (dwarf_attr_integrate(die, name, &attribute) == nullptr) return {};
  const char* text = dwarf_formstring(&attribute);
  if (text == nullptr) return {};
  const auto address = reinterpret_cast<std::uintptr_t>(text);
  for (const auto section : sections_of(dwarf_cu_getdwarf(attribute.cu))) {
    const std::size_t offset = address - reinterpret_cast<std::uintptr_t>(section.data());
    if (offset >= section.size()) continue;
    const void* end = std::memchr(text, 0, section.size() - offset);
    return end == nullptr ? std::string() : std::string(text);
  }
  return {};
}

const DwarfText::Sections& DwarfText::sections_of(Dwarf* dwarf) {
  const auto [entry, is_new] = sections_.try_emplace(dwarf);
  if (!is_new) return entry->second;
  Sections& sections = entry->second;
  const auto keep = [&sections](std::span<const std::uint8_t> bytes) {
    if (!bytes.empty()) sections.push_back(bytes);
  };
  for_each_text_section(dwarf, keep);
  for_each_text_section(dwarf_getalt(dwarf), keep);  // what dwz moved into a file of its own
  return sections;
}

}  // namespace recount
