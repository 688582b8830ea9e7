#include "tracer/elf/elf_file.hpp"

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tracer/elf/elf_entries.hpp"

namespace recount {
namespace {

// Fewer bytes than asked for if the file is shorter: a program header may promise anything.
std::vector<std::uint8_t> read_bytes(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || status.st_size < 0) return {};
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  if (offset >= file_size) return {};
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min(size, file_size - offset)));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

ElfHandle open_elf(int fd) {
  elf_version(EV_CURRENT);
  return ElfHandle(elf_begin(fd, ELF_C_READ, nullptr));
}

std::string build_id_of(Elf* elf) {
  const void* bytes = nullptr;
  const ssize_t size = dwelf_elf_gnu_build_id(elf, &bytes);
  std::string text;
  for (ssize_t i = 0; i < size; ++i) {
    const std::uint8_t byte = static_cast<const std::uint8_t*>(bytes)[i];
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

Elf_Scn* section_named(Elf* elf, const std::string& name) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return nullptr;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* found = elf_strptr(elf, names, header.sh_name);
    if (found != nullptr && name == found) return section;
  }
  return nullptr;
}

bool has_debug_info(Elf* elf) {
  return section_named(elf, ".debug_info") != nullptr || section_named(elf, ".zdebug_info") != nullptr;
}

bool is_packed_unreadably(Elf* elf) {
  constexpr GElf_Word kZstd = 2;  // ELFCOMPRESS_ZSTD, which older elf.h do not have
  Elf_Scn* const section = section_named(elf, ".debug_info");
  GElf_Chdr header;
  return section != nullptr && gelf_getchdr(section, &header) != nullptr && header.ch_type == kZstd &&
         elf_compress(section, 0, 0) < 0;
}

std::span<const std::uint8_t> section_bytes(Elf* elf, const std::string& name) {
  Elf_Scn* section = section_named(elf, name);
  if (section == nullptr) return {};
  GElf_Shdr header;
  if (gelf_getshdr(section, &header) == nullptr) return {};
  if ((header.sh_flags & SHF_COMPRESSED) != 0 && elf_compress(section, 0, 0) < 0) return {};
  const Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const std::uint8_t*>(data->d_buf), data->d_size};
}

std::optional<std::uint64_t> symbol_value(Elf* elf, std::string_view name) {
  std::optional<std::uint64_t> value;
  each_entry<GElf_Sym>(elf, symbol_table_of(elf), gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    const bool is_defined = symbol.st_shndx != SHN_UNDEF;
    if (is_defined && string_at(elf, strings, symbol.st_name) == name) value = symbol.st_value;
  });
  return value;
}

arch::Mode mode_of(Elf* elf) { return gelf_getclass(elf) == ELFCLASS32 ? arch::Mode::bits32 : arch::Mode::bits64; }

CodeBytes::CodeBytes(Elf* elf, int fd) : mode_(mode_of(elf)) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr) break;
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    const std::uint64_t size = std::min(header.p_filesz, header.p_memsz);
    Segment segment{header.p_vaddr, read_bytes(fd, header.p_offset, size)};
    const bool wraps = segment.start + segment.bytes.size() < segment.start;
    if (!segment.bytes.empty() && !wraps) segments_.push_back(std::move(segment));
  }
  std::sort(segments_.begin(), segments_.end(), [](const Segment& a, const Segment& b) { return a.start < b.start; });
}

std::uint64_t CodeBytes::size() const noexcept {
  std::uint64_t total = 0;
  for (const Segment& segment : segments_) total += segment.bytes.size();
  return total;
}

std::span<const std::uint8_t> CodeBytes::from(std::uint64_t address) const noexcept {
  for (const Segment& segment : segments_) {               // nearly always one
    const std::uint64_t offset = address - segment.start;  // huge if the address lies before it
    if (offset < segment.bytes.size()) return std::span(segment.bytes).subspan(offset);
  }
  return {};
}

bool CodeBytes::is_tombstone(std::uint64_t address) const noexcept {
  if (arch::narrowed(address + 2, mode_) <= 3)
    return true;  // -2, -1, 0, 1; 0 may be in a segment, but the ELF header stands there
  return segments_.empty() || address < segments_.front().start;
}

}  // namespace recount
