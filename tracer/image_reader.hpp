// Reads one ELF file and its DWARF line tables into what the recorder needs: where to put probes, and what to call them.
//
//   Image image = read_image(fd, "/usr/bin/server", {sources, debug_folders});
//   if (!image.reason.empty()) say(image.reason, image.remedy);       // followed, not probed
//
// Nothing here touches a process. Addresses are the file's own (p_vaddr); the caller adds the load bias.
//
// Which rows of a line table become probes (DWARF 5, section 6.2; DWARF 2 to 4 likewise):
//   - is_stmt rows of a line other than 0 whose file lies under a source root and passes the globs;
//   - never an end_sequence row: its address is the first byte *behind* the sequence;
//   - only inside an executable PT_LOAD segment, and only inside the ranges of the row's own unit: what the linker
//     threw away keeps its rows, at tombstone addresses (0, 1, -1, -2) which may overlap real code;
//   - only at the first byte of an instruction.
// Where a function begins and ends, gcov's idea of a line counts, so that verdicts can be compared: the line that
// declares a function (DW_AT_decl_line) and that of a goto label (DW_TAG_label) stand at the function's entry and at the
// label's address, unless the label's line has a row: that is where it is fallen into. In code that gcc did not optimize
// (DW_AT_producer says so) the function's line replaces that of its opening brace, a closing brace whose code only takes
// the frame down counts for nothing, nor does a member function that the compiler wrote, and all rows of a line count,
// is_stmt or not, since jumps may lead to each. Optimized code keeps each line that has an address, and so does code of
// which nobody says how it was compiled.
//
// Several lines may share one address, and one line may stand at many. A probe tells of the lines at its address, and of those that
// surely ran on the way to it (probe_plan.hpp).
//
// Bad input (truncated, corrupt, no DWARF at all) is never an error: the image comes back without probes and says why.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "schema/ids.hpp"
#include "schema/source_filter.hpp"
#include "tracer/debug_file.hpp"
#include "tracer/dynamic_linking.hpp"
#include "tracer/probes_per.hpp"
#include "tracer/watch_finder.hpp"

namespace recount {

struct ImageLine {          // one (file, line, function) that an address belongs to
  std::uint32_t probe = 0;  // index into Image::probes
  std::uint32_t file = 0;   // index into Image::files
  std::uint32_t line = 0;   // 1-based
  std::uint32_t function = kNoFunction;  // index into Image::functions
  ImageAddress address{};   // where the line begins: at the probe, or where whoever comes to the probe has been
  std::uint32_t site = 0;   // index of the first of the probes that tell of it
  static constexpr std::uint32_t kNoFunction = 0xffffffff;
};

struct ImageProbe {
  ImageAddress address{};
  std::uint8_t original = 0;  // the file's byte there: what a lift puts back
};

struct ImageBlock {  // control_flow.hpp
  ImageAddress start{};
  ImageAddress end{};
  std::uint32_t dominator = kNone;  // index of the block that surely ran before it
  static constexpr std::uint32_t kNone = 0xffffffff;
};

struct ImageFunction {
  std::string name;          // demangled where it is a C++ or Rust name
  std::string linkage_name;  // as the symbol table has it; empty if the same
  std::uint32_t file = 0;    // DW_AT_decl_file as an index into Image::files
  std::uint32_t line = 0;    // DW_AT_decl_line; 0 if unknown
};

struct ImageSegment {        // an executable PT_LOAD
  std::uint64_t offset = 0;  // in the file
  std::uint64_t size = 0;    // bytes of the file in it
  ImageAddress address{};    // p_vaddr
};

struct Image {
  std::string path;
  std::string build_id;  // hexadecimal, lower case; empty if the file has none
  std::uint16_t elf_machine = 0;     // e_machine; 0 if this is no ELF file
  ImageAddress entry{};              // e_entry: the load bias is AT_ENTRY minus this
  std::vector<ImageSegment> segments;
  DynamicLinking linking;
  std::vector<ImageWatch> watches;   // ascending by address
  std::vector<std::string> files;    // absolute, normalised paths
  std::vector<ImageFunction> functions;
  std::vector<ImageProbe> probes;    // ascending by address, each address once
  std::vector<ImageLine> lines;      // ascending by probe; each (probe, file, line) once
  std::vector<ImageBlock> blocks;    // ascending; none if there is a probe for each address of a line
  std::string reason;                // why there are no probes, as a clause: "it has no debug information"
  std::string remedy;                // what to do about it, as a clause: "compile it with -g"; may be empty
  std::string gap;                   // what is missing although there are probes; empty if nothing is known to be
  std::string gap_remedy;
  bool is_alone = false;  // all of it was read from this file, or from one with its build id: it gives the same again
};

struct ImageSubject {  // what is looked for, and where
  SourceFilter sources;
  DebugFolders folders;
  ProbesPer probes_per = ProbesPer::line;
  std::string text = {};   // all of this in words: what was found for other words may be something else
  std::string cache = {};  // the folder where what was found is kept for other runs (image_cache.hpp); empty: nowhere
};

using OutlineTold = std::function<void(const Image&)>;

// `fd` is borrowed and must be open for reading. `path` is only a name, for the result. What is known before debug
// information is read is told.
Image read_image(int fd, const std::string& path, const ImageSubject& subject, DebugInfo where = DebugInfo::anywhere,
                 const OutlineTold& told = {});

}  // namespace recount
