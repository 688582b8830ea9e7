#include "tracer/image/image_reader.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/image/watch_finder.hpp"

#include <elf.h>
#include <gelf.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "tracer/elf/elf_file.hpp"
#include "tracer/image/line_headers.hpp"
#include "tracer/image/line_rows.hpp"
#include "tracer/image/output_finder.hpp"
#include "tracer/image/signal_calls.hpp"

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
  if (header.e_machine == EM_X86_64 && header.e_ident[EI_CLASS] == ELFCLASS32) {
    refuse(image, "it is a program of the x32 ABI", "build it for " + std::string(arch::kName));
  } else if (!arch::mode_of(header.e_machine, header.e_ident[EI_CLASS]) || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    refuse(image, "it is built for another machine than " + std::string(arch::kName),
           "build it for " + std::string(arch::kName));
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
  if (promised && elf_nextscn(elf, nullptr) == nullptr)
    return refuse(image, "it is cut short or damaged: its section headers are missing", "build it again");
  if (section_named(elf, ".gopclntab") != nullptr)
    return refuse(image, "it is a Go program without debug information",
                  "go test and go run leave that out; what go test -o FILE, go test -c and go build make has it");
  const std::string named = image.build_id.empty() ? "" : "; its build id is " + image.build_id;
  refuse(image, "it has no debug information",
         "compile it with -g and do not strip it, install its -dbgsym package, or say where its debug file is with "
         "--debug-dir" +
             named);
}

// A library of the system by its line tables' headers alone: it nearly always comes from elsewhere, and its debug
// information may be large.
bool may_have_wanted_sources(Elf* debug, const SourceFilter& sources, DebugInfo where) {
  return where == DebugInfo::anywhere || line_headers_may_name(debug, sources);
}

void refuse_sources_elsewhere(Image& image, const std::string& remedy = "name their folder with --source-root") {
  refuse(image, "none of its sources lie under the source root", remedy);
}

// What stands in front of a relative path, for a rule of the map: "." of what stays in its folder, else "../..".
std::string start_of(const std::string& relative) {
  std::string start;
  for (std::size_t at = 0; relative.compare(at, 3, "../") == 0; at += 3) start += start.empty() ? ".." : "/..";
  return start.empty() ? "." : start;
}

void explain_unwanted(const std::string& spelling, const SourceFilter& sources, Image& image) {
  const std::string path = std::filesystem::path(sources.map().apply(spelling)).lexically_normal().string();
  const std::string named = "its debug information says " + path;
  if (path.empty()) {
    refuse_sources_elsewhere(image);
  } else if (path.front() != '/') {
    refuse_sources_elsewhere(image, named + ": say where that starts, with --map " + start_of(path) + "=DIR");
  } else if (sources.is_below_root(path)) {
    refuse(image, "--include and --exclude leave out all of its sources",
           named + ", and globs are held against what stands behind the source root");
  } else {
    refuse_sources_elsewhere(
        image, named + ": name its folder with --source-root, or say where it is here, with --map FROM=TO");
  }
}

constexpr std::string_view kGiveTypes =
    "give its functions a type: NASM and YASM do so by global NAME:function, GNU as by .type NAME, @function";

void note_lines_left_out(std::size_t lines, Image& image) {
  const bool is_one = lines == 1;
  image.gap = std::to_string(lines) + (is_one ? " line" : " lines") + " of its sources may be data, and " +
              (is_one ? "is" : "are") + " left out: no jump, call or symbol of a function leads there";
  image.gap_remedy = kGiveTypes;
}

void note_lines_rewritten(std::size_t lines, Image& image) {
  const bool is_one = lines == 1;
  image.gap = std::to_string(lines) + (is_one ? " line" : " lines") + " of its sources " + (is_one ? "is" : "are") +
              " left out: the program may rewrite the code there (XRay)";
}

void explain_no_probes(const LineRows& rows, const SourceFilter& sources, Image& image) {
  if (!rows.damage().empty()) {
    refuse_damaged(image, rows.damage());
  } else if (!rows.any_table()) {
    refuse(image, "its debug information has no line tables", "compile it with -g");
  } else if (!rows.any_wanted()) {
    explain_unwanted(rows.unwanted(), sources, image);
  } else if (rows.lines_left_out() != 0) {
    refuse(image, "none of its lines is known to be code and not data", std::string(kGiveTypes));
  } else {
    refuse(image, "none of its code comes from a source under the source root");
  }
}

// Even the folder of the sources may stand in it.
void note_shared_file(const SharedDebugFile& shared, Image& image) {
  const std::string what = "the file that it shares debug information with is missing: " + shared.name;
  const std::string remedy =
      "install its -dbgsym package, or say where it is with --debug-dir; its build id is " + shared.build_id;
  if (image.probes.empty()) return refuse(image, what, remedy);
  image.gap = what;
  image.gap_remedy = remedy;
}

void note_missing_split(const SplitUnits& split, Image& image) {
  const std::string& package = split.useless_package();
  image.gap = "its functions have no names, since a part of its debug information is missing: " + split.missing() +
              (package.empty() ? "" : ", which is not in " + package + " either");
  image.gap_remedy =
      "keep the .dwo files where the build left them, say where they are with --debug-dir, or pack them " +
      std::string(package.empty() ? "" : "again ") + "with llvm-dwp -e PROGRAM -o PROGRAM.dwp";
}

void read_rows(Dwarf* dwarf, SplitUnits& split, Elf* program, const CodeBytes& code, const ImageSubject& subject,
               Image& image) {
  LineRows rows(dwarf, split, code, subject);
  rows.read_tables();
  if (rows.any_wanted()) rows.read_rows();
  rows.fill(image, program);
  image.is_alone = !rows.is_split();
  if (image.probes.empty()) return explain_no_probes(rows, subject.sources, image);
  if (rows.lines_left_out() != 0) note_lines_left_out(rows.lines_left_out(), image);
  if (rows.lines_rewritten() != 0) note_lines_rewritten(rows.lines_rewritten(), image);
  if (!split.missing().empty()) note_missing_split(split, image);
  if (rows.damage().empty()) return;
  image.gap = "a part of its debug information is damaged: " + rows.damage();
  image.gap_remedy = "build it again";
}

struct DebugPlace {  // of the file that has the debug information, the program's own or another
  std::string folder;
  std::vector<std::string> packages;
};

void read_debug_info(Elf* elf, Elf* program, const DebugPlace& place, const CodeBytes& code,
                     const ImageSubject& subject, Image& image) {
  if (is_packed_unreadably(elf))
    return refuse(
        image, "its debug information is compressed with zstd, which the installed libelf can't read",
        "link it with -Wl,--compress-debug-sections=zlib, or unpack it with objcopy --decompress-debug-sections");
  const DwarfHandle dwarf(dwarf_begin_elf(elf, DWARF_C_READ, nullptr));
  if (dwarf == nullptr) return refuse_damaged(image, dwarf_errmsg(-1));
  const SharedDebugFile shared = shared_debug_file(dwarf.get(), place.folder, subject.folders);
  if (shared.other && !shared.found)
    return refuse(image, "the file that it shares debug information with is of another build: " + shared.name,
                  "install both from one build; the build id wanted is " + shared.build_id);
  const DwarfHandle shared_dwarf(shared.found ? dwarf_begin_elf(shared.found->elf.get(), DWARF_C_READ, nullptr)
                                              : nullptr);
  if (shared_dwarf != nullptr) dwarf_setalt(dwarf.get(), shared_dwarf.get());
  SplitUnits split(dwarf.get(), place.packages, subject.folders, subject.sources.map());
  read_rows(dwarf.get(), split, program, code, subject, image);
  if (!shared.name.empty()) image.is_alone = false;
  if (!shared.name.empty() && shared_dwarf == nullptr) note_shared_file(shared, image);
}

// Those that the program's own code is to tell apart.
void find_calls(const CodeBytes& code, int fd, const ImageSubject& subject, Image& image) {
  std::vector<Room> rooms = rooms_of(fd, image.segments);
  if (subject.output) find_output(code, rooms, image);
  if (subject.detours) find_signal_calls(code, rooms, image);
}

}  // namespace

Image read_image(int fd, const std::string& path, const ImageSubject& subject, DebugInfo where,
                 const OutlineTold& told) {
  Image image;
  image.path = path;
  const ElfHandle elf = open_elf(fd);
  if (!read_header(elf.get(), image)) return image;
  image.segments = executable_segments_of(elf.get());
  image.linking = dynamic_linking_of(elf.get());
  image.watches = watches_of(elf.get(), fd);
  const bool has_calls = subject.output || (subject.detours && !image.watches.empty());
  if (has_calls && mode_of(elf.get()) == arch::Mode::bits64) find_calls(CodeBytes(elf.get(), fd), fd, subject, image);
  if (subject.sources.wants_nothing()) {
    refuse(image, "there is no source root", "name one with --source-root");
    return image;
  }
  if (told) told(image);
  const bool complete = has_debug_info(elf.get());
  const auto debug_file = complete ? std::nullopt : subject.folders.find(elf.get(), fd, path, where);
  if (!complete && !debug_file) {
    explain_missing_debug_info(elf.get(), image);
    return image;
  }
  Elf* const debug = complete ? elf.get() : debug_file->elf.get();
  const bool is_sure = complete || (!image.build_id.empty() && build_id_of(debug) == image.build_id);
  if (!may_have_wanted_sources(debug, subject.sources, where)) {
    refuse_sources_elsewhere(image);
    image.is_alone = is_sure;
    return image;
  }
  const CodeBytes code(elf.get(), fd);
  DebugPlace place{folder_of(complete ? fd : debug_file->fd.get(), path), subject.folders.package_places(fd, path)};
  if (!complete) place.packages.push_back(real_path_of(debug_file->fd.get(), path) + ".dwp");
  read_debug_info(debug, elf.get(), place, code, subject, image);
  image.is_alone = image.is_alone && is_sure;
  return image;
}

}  // namespace recount
