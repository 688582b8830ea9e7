#include "tracer/elf/whole_unit.hpp"

#include <dwarf.h>

#include <algorithm>
#include <array>
#include <optional>

#include "tracer/base/byte_reader.hpp"

namespace recount {
namespace {

struct Declaration {  // of one abbreviation (DWARF 5, section 7.5.3): offsets in its table
  std::size_t begin = 0;
  std::size_t attributes = 0;
  std::size_t end = 0;
  std::size_t id_begin = 0;  // DW_AT_GNU_dwo_id and its form; none if both are 0
  std::size_t id_end = 0;
};

bool read_attributes(ByteReader& in, std::size_t table_size, Declaration& declaration) {
  while (in.ok()) {
    const std::size_t begin = table_size - in.rest().size();
    const std::uint64_t name = in.uleb();
    const std::uint64_t form = in.uleb();
    if (form == DW_FORM_implicit_const) in.sleb();
    declaration.end = table_size - in.rest().size();
    if (name == 0 && form == 0) return in.ok();
    if (name != DW_AT_GNU_dwo_id || form != DW_FORM_data8) continue;
    declaration.id_begin = begin;
    declaration.id_end = declaration.end;
  }
  return false;
}

std::optional<Declaration> declaration_of(Bytes table, std::uint64_t code) {
  ByteReader in(table);
  while (in.ok()) {
    Declaration declaration;
    declaration.begin = table.size() - in.rest().size();
    const std::uint64_t found = in.uleb();
    if (found == 0) return std::nullopt;
    in.uleb();  // the tag
    in.u8();    // has children or not
    declaration.attributes = table.size() - in.rest().size();
    if (!read_attributes(in, table.size(), declaration)) return std::nullopt;
    if (found == code) return declaration;
  }
  return std::nullopt;
}

// The table with DW_AT_low_pc, an address, in the place of its bytes from `begin` to `end`. It is read where 8 bytes stand: behind a
// short one is a number that means nothing.
std::vector<std::uint8_t> with_low_pc(Bytes table, std::size_t begin, std::size_t end, std::uint8_t address_size) {
  std::vector<std::uint8_t> changed(table.begin(), table.begin() + static_cast<std::ptrdiff_t>(begin));
  changed.insert(changed.end(), {DW_AT_low_pc, DW_FORM_addr});
  if (address_size == 4) changed.insert(changed.end(), {0xff, 0x7f, DW_FORM_data4});  // DW_AT_hi_user
  changed.insert(changed.end(), table.begin() + static_cast<std::ptrdiff_t>(end), table.end());
  return changed;
}

void put(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint64_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
}

// Where the id stands in the tree of a unit of DWARF 4.
std::optional<std::size_t> id_in_tree(Dwarf_Die* unit, const std::vector<std::uint8_t>& info, std::uint64_t id) {
  Dwarf_Attribute attribute;
  if (dwarf_attr(unit, DW_AT_GNU_dwo_id, &attribute) == nullptr || attribute.form != DW_FORM_data8) return std::nullopt;
  const std::size_t at =
      reinterpret_cast<std::uintptr_t>(attribute.valp) - reinterpret_cast<std::uintptr_t>(info.data());
  if (at > info.size()) return std::nullopt;
  ByteReader in(Bytes(info).subspan(at));
  return in.number(sizeof id) == id && in.ok() ? std::optional(at) : std::nullopt;
}

}  // namespace

bool WholeUnit::open(const SplitSections& split, Bytes abbrev, const SkeletonParts& skeleton) {
  dwarf_.reset();
  image_ = ElfImage(std::array{ElfSection{".debug_info", info_}, ElfSection{".debug_abbrev", abbrev},
                               ElfSection{".debug_str", split.str}, ElfSection{".debug_str_offsets", split.str_offsets},
                               ElfSection{".debug_rnglists", split.rnglists}, ElfSection{".debug_addr", skeleton.addr},
                               ElfSection{".debug_ranges", skeleton.ranges}});
  if (image_.elf() != nullptr) dwarf_.reset(dwarf_begin_elf(image_.elf(), DWARF_C_READ, nullptr));
  return dwarf_ != nullptr;
}

std::unique_ptr<WholeUnit> WholeUnit::join(const SplitSections& split, const SkeletonParts& skeleton) {
  const auto header = UnitHeader::read(split.info);
  if (!header || header->abbrev_offset > split.abbrev.size()) return nullptr;
  SplitSections parts = split;
  parts.info = split.info.first(header->size);
  parts.abbrev = split.abbrev.subspan(static_cast<std::size_t>(header->abbrev_offset));
  std::unique_ptr<WholeUnit> unit(new WholeUnit());
  unit->info_.assign(parts.info.begin(), parts.info.end());
  put(unit->info_, header->abbrev_at, 0, header->wide ? 8 : 4);
  const bool joined = header->version == 5 ? unit->replace_id_in_header(*header, parts, skeleton)
                                           : unit->replace_id_in_tree(*header, parts, skeleton);
  return joined && unit->open(parts, unit->abbrev_, skeleton) ? std::move(unit) : nullptr;
}

// The tree begins 8 bytes earlier: with the code of its abbreviation, as before, and the address.
bool WholeUnit::replace_id_in_header(const UnitHeader& header, const SplitSections& parts,
                                     const SkeletonParts& skeleton) {
  if (header.type != DW_UT_split_compile || header.id != skeleton.id) return false;
  const Bytes tree = parts.info.subspan(header.own_size);
  ByteReader in(tree);
  const auto declaration = declaration_of(parts.abbrev, in.uleb());
  if (!declaration || !in.ok()) return false;
  const Bytes code = tree.first(tree.size() - in.rest().size());
  tree_at_ = header.own_size - sizeof header.id;
  info_[header.type_at] = DW_UT_compile;
  std::copy(code.begin(), code.end(), info_.begin() + static_cast<std::ptrdiff_t>(tree_at_));
  put(info_, tree_at_ + code.size(), skeleton.low_pc, sizeof skeleton.low_pc);
  abbrev_ = with_low_pc(parts.abbrev, declaration->attributes, declaration->attributes, header.address_size);
  return true;
}

bool WholeUnit::replace_id_in_tree(const UnitHeader& header, const SplitSections& parts,
                                   const SkeletonParts& skeleton) {
  ByteReader tree(parts.info.subspan(header.own_size));
  const auto declaration = declaration_of(parts.abbrev, tree.uleb());
  tree_at_ = header.own_size;
  if (!declaration || declaration->id_end == 0 || !open(parts, parts.abbrev, skeleton)) return false;
  Dwarf_Die unit = die();
  const auto at = id_in_tree(&unit, info_, skeleton.id);
  if (!at) return false;
  put(info_, *at, skeleton.low_pc, sizeof skeleton.low_pc);
  abbrev_ = with_low_pc(parts.abbrev, declaration->id_begin, declaration->id_end, header.address_size);
  return true;
}

Dwarf_Die WholeUnit::die() const {
  Dwarf_Die die{};
  dwarf_offdie(dwarf_.get(), tree_at_, &die);
  return die;
}

}  // namespace recount
