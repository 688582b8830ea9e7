#include "tracer/image/line_headers.hpp"

#include <algorithm>

#include "tracer/base/byte_reader.hpp"
#include "tracer/elf/line_table.hpp"
#include "tracer/elf/unit_lines.hpp"
#include "tracer/image/source_paths.hpp"

namespace recount {
namespace {

struct Extent {
  std::uint64_t size = 0;  // with the length field
  std::uint16_t version = 0;
};

Extent extent_at(Bytes line, std::uint64_t offset) {
  ByteReader in(line);
  in.take(offset);
  std::uint64_t length = in.u32();
  const bool wide = length == 0xffffffff;
  if (wide) length = in.number(8);
  const std::uint16_t version = in.u16();
  const bool fits = in.ok() && length >= 2 && length - 2 <= in.rest().size();
  return fits ? Extent{length + (wide ? 12 : 4), version} : Extent{};
}

}  // namespace

bool line_headers_may_name(Elf* elf, const SourceFilter& sources) {
  const LineSections sections = line_sections_of(elf);
  SourcePaths paths(sources);
  const auto wanted = [&paths](const std::string& file) {
    return !file.empty() && file.front() == '/' && paths.wanted(paths.number_of(file));
  };
  for (std::uint64_t offset = 0; offset < sections.line.size();) {
    const Extent extent = extent_at(sections.line, offset);
    if (extent.version != 5) return true;
    const LineTable table = LineTable::parse(sections, offset, "");
    if (!table.ok() || std::any_of(table.files().begin(), table.files().end(), wanted)) return true;
    offset += extent.size;
  }
  return sections.line.empty();
}

}  // namespace recount
