#include "tracer/code/landing_pads.hpp"

#include <gelf.h>

#include <map>
#include <optional>
#include <string>

#include "tracer/base/byte_reader.hpp"
#include "tracer/elf/elf_file.hpp"

namespace recount {
namespace {

constexpr std::uint8_t kOmitted = 0xff;

struct Section {
  std::uint64_t address = 0;
  std::span<const std::uint8_t> bytes;
  arch::Mode mode = arch::Mode::bits64;  // of the pointers in it
};

Section section_at(Elf* elf, const std::string& name) {
  Elf_Scn* const found = section_named(elf, name);
  GElf_Shdr header;
  if (found == nullptr || gelf_getshdr(found, &header) == nullptr || header.sh_type == SHT_NOBITS) return {};
  return {header.sh_addr, section_bytes(elf, name), mode_of(elf)};
}

// A reader that knows the address of what it reads: pointers are relative to where they stand.
class PlacedReader {
 public:
  PlacedReader(const Section& section, std::uint64_t offset)
      : mode_(section.mode),
        end_(section.address + section.bytes.size()),
        in_(section.bytes.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(offset, section.bytes.size())))) {}

  ByteReader& in() noexcept { return in_; }
  std::uint64_t address() const noexcept { return end_ - in_.rest().size(); }

  // nullopt where the encoding is none that a program's own tables use.
  std::optional<std::uint64_t> pointer(std::uint8_t encoding) {
    const std::uint64_t place = address();
    const auto value = number(encoding & 0x0fU);
    if (!value || !in_.ok() || (encoding & 0x80U) != 0) return std::nullopt;
    switch (encoding & 0x70U) {
      case 0x00: return arch::narrowed(*value, mode_);
      case 0x10: return *value == 0 ? 0 : arch::narrowed(place + *value, mode_);
      default: return std::nullopt;
    }
  }
  std::optional<std::uint64_t> number(unsigned format) {
    switch (format) {
      case 0x00: return in_.number(arch::word_size(mode_));
      case 0x01: return in_.uleb();
      case 0x02: return in_.number(2);
      case 0x03: return in_.number(4);
      case 0x04: return in_.number(8);
      case 0x09: return static_cast<std::uint64_t>(in_.sleb());
      case 0x0a: return static_cast<std::uint64_t>(static_cast<std::int16_t>(in_.number(2)));
      case 0x0b: return static_cast<std::uint64_t>(static_cast<std::int32_t>(in_.number(4)));
      case 0x0c: return in_.number(8);
      default: return std::nullopt;
    }
  }

 private:
  arch::Mode mode_;
  std::uint64_t end_;
  ByteReader in_;
};

struct Common {  // of a CIE
  bool augmented = false;
  std::uint8_t code_encoding = 0;
  std::uint8_t data_encoding = kOmitted;
};

std::optional<Common> common_of(PlacedReader entry) {
  Common common;
  ByteReader& in = entry.in();
  in.u8();  // version
  const std::string augmentation = in.string();
  in.uleb();
  in.sleb();
  in.uleb();  // return address register: a byte in version 1, and below 128
  if (augmentation.empty()) return common;
  if (augmentation.front() != 'z') return std::nullopt;
  common.augmented = true;
  in.uleb();
  for (const char letter : augmentation.substr(1)) {
    if (letter == 'R') {
      common.code_encoding = in.u8();
    } else if (letter == 'L') {
      common.data_encoding = in.u8();
    } else if (letter == 'P') {
      if (!entry.number(in.u8() & 0x0fU)) return std::nullopt;
    } else if (letter != 'S' && letter != 'B') {
      return std::nullopt;
    }
  }
  return in.ok() ? std::optional(common) : std::nullopt;
}

class UnwindReader {
 public:
  UnwindReader(const Section& frames, const Section& tables, UnwindPlaces& places)
      : frames_(frames), tables_(tables), places_(places) {}

  bool read() {
    std::uint64_t offset = 0;
    while (offset + 8 <= frames_.bytes.size()) {
      PlacedReader entry(frames_, offset);
      const std::uint32_t size = entry.in().u32();
      if (size == 0) return true;
      if (size == 0xffffffff || offset + 4 + size > frames_.bytes.size()) return false;
      if (!read_entry(offset + 4)) return false;
      offset += 4 + std::uint64_t{size};
    }
    return true;
  }

 private:
  bool read_entry(std::uint64_t offset) {
    PlacedReader entry(frames_, offset);
    const std::uint32_t back = entry.in().u32();
    if (back == 0) {
      const auto common = common_of(entry);
      if (common) commons_[offset - 4] = *common;
      return common.has_value();
    }
    const auto common = commons_.find(offset - back);
    return common != commons_.end() && read_code(entry, common->second);
  }

  bool read_code(PlacedReader entry, const Common& common) {
    const auto start = entry.pointer(common.code_encoding);
    if (!start) return false;
    places_.functions.push_back(*start);
    if (!entry.number(common.code_encoding & 0x0fU)) return false;
    if (!common.augmented || common.data_encoding == kOmitted) return true;
    entry.in().uleb();
    const auto data = entry.pointer(common.data_encoding);
    return data && (*data == 0 || read_sites(*data, *start));
  }

  // A landing pad of 0 is none.
  bool read_sites(std::uint64_t data, std::uint64_t function) {
    if (data < tables_.address || data - tables_.address >= tables_.bytes.size()) return false;
    PlacedReader table(tables_, data - tables_.address);
    std::uint64_t base = function;
    if (const std::uint8_t encoding = table.in().u8(); encoding != kOmitted) {
      const auto given = table.pointer(encoding);
      if (!given) return false;
      base = *given;
    }
    if (const std::uint8_t types = table.in().u8(); types != kOmitted) table.in().uleb();
    const std::uint8_t encoding = table.in().u8();
    const std::uint64_t size = table.in().uleb();
    const std::uint64_t end = table.address() + size;
    while (table.in().ok() && table.address() < end) {
      const auto start = table.number(encoding & 0x0fU);
      const auto length = table.number(encoding & 0x0fU);
      const auto pad = table.number(encoding & 0x0fU);
      table.in().uleb();  // action
      if (!start || !length || !pad) return false;
      if (*pad != 0) places_.pads.push_back(arch::narrowed(base + *pad, tables_.mode));
    }
    return table.in().ok() && table.address() == end;
  }

  const Section& frames_;
  const Section& tables_;
  UnwindPlaces& places_;
  std::map<std::uint64_t, Common> commons_;  // by offset
};

}  // namespace

UnwindPlaces unwind_places_of(Elf* elf) {
  UnwindPlaces places;
  const Section frames = section_at(elf, ".eh_frame");
  const Section tables = section_at(elf, ".gcc_except_table");
  places.is_whole = UnwindReader(frames, tables, places).read();
  return places;
}

}  // namespace recount
