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

#include <functional>
#include <string>

#include "tracer/elf/debug_file.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/image_subject.hpp"

namespace recount {

using OutlineTold = std::function<void(const Image&)>;

// `fd` is borrowed and must be open for reading. `path` is only a name, for the result. What is known before debug
// information is read is told.
Image read_image(int fd, const std::string& path, const ImageSubject& subject, DebugInfo where = DebugInfo::anywhere,
                 const OutlineTold& told = {});

}  // namespace recount
