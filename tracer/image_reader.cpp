#include "tracer/image_reader.hpp"

#include <elf.h>
#include <gelf.h>

#include <utility>

#include "tracer/elf_file.hpp"
#include "tracer/line_rows.hpp"

namespace recount {
namespace {

void refuse(Image& image, std::string reason, std::string remedy = {}) {
  image.reason = std::move(reason);
  image.remedy = std::move(remedy);
}

void refuse_damaged(Image& image, const std::string& detail) {
  refuse(image, "its debug information is damaged: " + detail, "build it again");
}

// False if nothing more can be read from it; then the image says why.
bool read_header(Elf* elf, Image& image) {
  GElf_Ehdr header;
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == nullptr) {
    refuse(image, "it is not an ELF file");
    return false;
  }
  image.elf_machine = header.e_machine;
  image.entry = ImageAddress{header.e_entry};
  image.build_id = build_id_of(elf);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 && header.e_machine != EM_AARCH64) {
    refuse(image, "it is a 32-bit program", "build it for x86-64");
  } else if (header.e_machine != EM_X86_64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    refuse(image, "it is built for another machine than x86-64", "build it for x86-64");
  } else if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    refuse(image, "it is neither a program nor a shared library");
  }
  return image.reason.empty();
}

std::vector<ImageSegment> executable_segments_of(Elf* elf) {
  std::vector<ImageSegment> segments;
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return segments;
  GElf_Phdr header;
  for (std::size_t i = 0; i < count; ++i)
    if (gelf_getphdr(elf, static_cast<int>(i), &header) != nullptr && header.p_type == PT_LOAD &&
        (header.p_flags & PF_X) != 0)
      segments.push_back({header.p_offset, header.p_filesz, ImageAddress{header.p_vaddr}});
  return segments;
}

void explain_missing_debug_info(Elf* elf, Image& image) {
  GElf_Ehdr header;
  const bool promised = gelf_getehdr(elf, &header) != nullptr && header.e_shoff != 0;
  if (promised && elf_nextscn(elf, nullptr) == nullptr) {
    refuse(image, "it is cut short or damaged: its section headers are missing", "build it again");
  } else {
    refuse(image, "it has no debug information",
           "compile it with -g and do not strip it, or install its debug package");
  }
}

void explain_no_probes(const LineRows& rows, Image& image) {
  if (!rows.damage().empty()) {
    refuse_damaged(image, rows.damage());
  } else if (!rows.any_table()) {
    refuse(image, "its debug information has no line tables", "compile it with -g");
  } else if (!rows.any_wanted()) {
    refuse(image, "none of its sources lie under the source root",
           "name their folder with --source-root");
  } else {
    refuse(image, "none of its code comes from a source under the source root");
  }
}

void read_debug_info(Elf* elf, const CodeBytes& code, const SourceFilter& sources, Image& image) {
  const DwarfHandle dwarf(dwarf_begin_elf(elf, DWARF_C_READ, nullptr));
  if (dwarf == nullptr) return refuse_damaged(image, dwarf_errmsg(-1));
  LineRows rows(dwarf.get(), code, sources);
  rows.read_tables();
  if (rows.any_wanted()) rows.read_rows();
  rows.fill(image);
  if (image.probes.empty()) explain_no_probes(rows, image);
}

}  // namespace

Image read_image(int fd, const std::string& path, const SourceFilter& sources, DebugInfo where) {
  Image image;
  image.path = path;
  const ElfHandle elf = open_elf(fd);
  if (!read_header(elf.get(), image)) return image;
  image.segments = executable_segments_of(elf.get());
  image.linking = dynamic_linking_of(elf.get());
  image.watches = watches_of(elf.get(), fd);
  if (sources.wants_nothing()) {
    refuse(image, "there is no source root", "name one with --source-root");
    return image;
  }
  const bool complete = has_debug_info(elf.get());
  if (!complete && where == DebugInfo::in_the_file) {
    refuse(image, "it is a library of the system, and its debug information is not in it");
    return image;
  }
  const auto debug_file = complete ? std::nullopt : find_debug_file(elf.get(), fd, path);
  if (!complete && !debug_file) {
    explain_missing_debug_info(elf.get(), image);
    return image;
  }
  const CodeBytes code(elf.get(), fd);
  read_debug_info(complete ? elf.get() : debug_file->elf.get(), code, sources, image);
  return image;
}

}  // namespace recount
