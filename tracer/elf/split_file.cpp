#include "tracer/elf/split_file.hpp"

#include <dwarf.h>

#include <utility>

#include "tracer/base/byte_reader.hpp"
#include "tracer/elf/debug_file.hpp"
#include "tracer/elf/unit_header.hpp"

namespace recount {
namespace {

constexpr std::uint32_t kColumnsMax = 16;  // 8 are defined

// Columns of the index that matter here; the same numbers in both versions, but RNGLISTS, which
// version 2 uses for .debug_macro.
enum Column : std::uint32_t { kInfo = 1, kAbbrev = 3, kStrOffsets = 6, kRnglists = 8 };

struct IndexHeader {
  std::uint32_t version = 0;
  std::uint32_t columns = 0;
  std::uint32_t rows = 0;
  std::uint32_t slots = 0;
};

struct Index {  // the tables behind the slots
  IndexHeader header;
  Bytes columns;
  Bytes offsets;
  Bytes sizes;
};

IndexHeader read_header(ByteReader& in) {
  IndexHeader header;
  header.version = in.u16();
  in.u16();  // padding; in version 2 a part of it
  header.columns = in.u32();
  header.rows = in.u32();
  header.slots = in.u32();
  return header;
}

Bytes part(Bytes section, std::uint64_t offset, std::uint64_t size) {
  if (offset > section.size() || size > section.size() - offset) return {};
  return section.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

Bytes SplitSections::*section_in(std::uint32_t column, std::uint32_t version) {
  if (column == kInfo) return &SplitSections::info;
  if (column == kAbbrev) return &SplitSections::abbrev;
  if (column == kStrOffsets) return &SplitSections::str_offsets;
  return column == kRnglists && version == 5 ? &SplitSections::rnglists : nullptr;
}

std::uint32_t cell(Bytes table, std::uint64_t number) { return ByteReader(part(table, 4 * number, 4)).u32(); }

SplitSections unit_in_row(const Index& index, std::uint32_t row, const SplitSections& whole) {
  SplitSections unit;
  unit.str = whole.str;
  for (std::uint32_t column = 0; column < index.header.columns; ++column) {
    const auto section = section_in(cell(index.columns, column), index.header.version);
    const std::uint64_t at = std::uint64_t{row} * index.header.columns + column;
    if (section != nullptr) unit.*section = part(whole.*section, cell(index.offsets, at), cell(index.sizes, at));
  }
  return unit;
}

}  // namespace

std::optional<SplitFile> SplitFile::open(const std::string& path) {
  auto file = open_debug_file(path);
  if (!file || section_named(file->elf.get(), ".debug_info.dwo") == nullptr) return std::nullopt;
  return SplitFile(std::move(file->elf));  // which reads its sections at once, and needs the descriptor no more
}

SplitFile::SplitFile(ElfHandle handle) : elf_(std::move(handle)) {
  Elf* const elf = elf_.get();
  sections_ = {section_bytes(elf, ".debug_info.dwo"), section_bytes(elf, ".debug_abbrev.dwo"),
               section_bytes(elf, ".debug_str_offsets.dwo"), section_bytes(elf, ".debug_rnglists.dwo"),
               section_bytes(elf, ".debug_str.dwo")};
  if (section_named(elf, ".debug_cu_index") != nullptr) {
    read_index(section_bytes(elf, ".debug_cu_index"));
  } else {
    scan_units();
  }
  elf_cntl(elf, ELF_C_FDDONE);
}

// Ids and the numbers of their rows, from 1, in the slots of a hash table; then the offsets, whose
// first row names the columns; then the sizes.
void SplitFile::read_index(Bytes bytes) {
  ByteReader in(bytes);
  const IndexHeader header = read_header(in);
  const Bytes ids = in.take(std::uint64_t{header.slots} * 8);
  const Bytes rows = in.take(std::uint64_t{header.slots} * 4);
  const std::uint64_t row_size = std::uint64_t{header.columns} * 4;
  const Index index{header, in.take(row_size), in.take(row_size * header.rows), in.take(row_size * header.rows)};
  const bool known = header.columns <= kColumnsMax && (header.version == 2 || header.version == 5);
  for (std::uint32_t slot = 0; in.ok() && known && slot < header.slots; ++slot) {
    const std::uint32_t row = cell(rows, slot);
    if (row == 0 || row > header.rows) continue;
    by_id_.emplace(ByteReader(part(ids, std::uint64_t{slot} * 8, 8)).number(8), unit_in_row(index, row - 1, sections_));
  }
}

// A .dwo has one unit of code. Of DWARF 4 the id stands in the unit's tree: then it is not known
// here, and 0.
void SplitFile::scan_units() {
  Bytes rest = sections_.info;
  while (!rest.empty()) {
    const auto header = UnitHeader::read(rest);
    if (!header) return;
    SplitSections unit = sections_;
    unit.info = rest.first(header->size);
    if (header->version < 5 || header->type == DW_UT_split_compile) by_id_.emplace(header->id, unit);
    rest = rest.subspan(header->size);
  }
}

std::uint64_t SplitFile::size() const noexcept { return sections_.info.size() + sections_.abbrev.size(); }

std::optional<SplitSections> SplitFile::unit(std::uint64_t id) const {
  auto found = by_id_.find(id);
  if (found == by_id_.end()) found = by_id_.find(0);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

}  // namespace recount
