#include "tracer/elf/unit_header.hpp"

#include <dwarf.h>

#include "tracer/base/byte_reader.hpp"

namespace recount {
namespace {

// Leaves `in` behind the length, at the end of the unit's bytes.
bool read_length(ByteReader& in, std::span<const std::uint8_t> bytes, UnitHeader& header) {
  std::uint64_t length = in.u32();
  header.wide = length == 0xffffffff;
  if (header.wide) length = in.number(8);
  if (!in.ok() || length > in.rest().size()) return false;
  const std::size_t before = bytes.size() - in.rest().size();
  header.size = before + static_cast<std::size_t>(length);
  in = ByteReader(bytes.first(header.size));
  in.take(before);
  return true;
}

}  // namespace

std::optional<UnitHeader> UnitHeader::read(std::span<const std::uint8_t> bytes) {
  UnitHeader header;
  ByteReader in(bytes);
  if (!read_length(in, bytes, header)) return std::nullopt;
  header.version = in.u16();
  header.type_at = header.size - in.rest().size();
  if (header.version >= 5) header.type = in.u8();
  if (header.version >= 5) header.address_size = in.u8();
  header.abbrev_at = header.size - in.rest().size();
  header.abbrev_offset = in.number(header.wide ? 8 : 4);
  if (header.version < 5) header.address_size = in.u8();
  if (header.type == DW_UT_skeleton || header.type == DW_UT_split_compile) header.id = in.number(8);
  header.own_size = header.size - in.rest().size();
  const bool has_known_addresses = header.address_size == 8 || header.address_size == 4;
  if (!in.ok() || !has_known_addresses || header.version < 2 || header.version > 5) return std::nullopt;
  return header;
}

}  // namespace recount
