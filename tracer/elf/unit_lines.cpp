#include "tracer/elf/unit_lines.hpp"

#include <dwarf.h>

#include "tracer/elf/elf_file.hpp"

namespace recount {
namespace {

Bytes debug_section(Elf* elf, const std::string& name) {
  for (const std::string& full : {".debug_" + name, ".zdebug_" + name}) {
    const Bytes bytes = section_bytes(elf, full);  // libdw has unpacked ".zdebug_"
    if (!bytes.empty()) return bytes;
  }
  return {};
}

}  // namespace

LineSections line_sections_of(Elf* elf) {
  return {debug_section(elf, "line"), debug_section(elf, "line_str"), debug_section(elf, "str")};
}

std::optional<std::uint64_t> line_table_offset(Dwarf_Die* unit) {
  Dwarf_Attribute attribute;
  Dwarf_Word offset = 0;
  if (dwarf_formudata(dwarf_attr(unit, DW_AT_stmt_list, &attribute), &offset) != 0) return {};
  return offset;
}

std::string DeclaredFiles::of(Dwarf_Die* function) {
  Dwarf_Attribute attribute;
  return named_by(dwarf_attr_integrate(function, DW_AT_decl_file, &attribute));
}

std::string DeclaredFiles::called_in(Dwarf_Die* inlined) {
  Dwarf_Attribute attribute;
  return named_by(dwarf_attr(inlined, DW_AT_call_file, &attribute));
}

std::string DeclaredFiles::named_by(Dwarf_Attribute* attribute) {
  Dwarf_Word number = 0;
  if (dwarf_formudata(attribute, &number) != 0) return {};
  const std::vector<std::string>& files = files_of(attribute->cu);
  return number < files.size() ? files[number] : std::string();
}

const std::vector<std::string>& DeclaredFiles::files_of(Dwarf_CU* unit) {
  const auto [entry, is_new] = by_unit_.try_emplace(unit);
  if (!is_new) return entry->second;
  Dwarf_Die die;
  if (const auto skeleton = skeletons_.find(unit); skeleton != skeletons_.end()) {
    die = skeleton->second;
  } else if (dwarf_cu_info(unit, nullptr, nullptr, &die, nullptr, nullptr, nullptr, nullptr) != 0) {
    return entry->second;
  }
  const auto offset = line_table_offset(&die);
  if (!offset) return entry->second;
  const LineTable table = LineTable::parse(line_sections_of(dwarf_getelf(dwarf_cu_getdwarf(die.cu))), *offset,
                                           text_.of(&die, DW_AT_comp_dir));
  if (table.ok()) entry->second = table.files();
  return entry->second;
}

}  // namespace recount
