// One ELF file as the recorder knows it: where its probes stand, which lines they tell of, and how its code flows.
//
// Read by image_reader.hpp, kept by image_store.hpp, carried between processes and runs by image_codec.hpp. Nothing in it
// belongs to a process: addresses are the file's own (p_vaddr), and the places in its lists are indexes, not pointers.
// An image without probes says why in `reason`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/machine/address_space.hpp"
#include "schema/vocabulary/ids.hpp"
#include "tracer/elf/dynamic_linking.hpp"

namespace recount {

struct ImageLine {                       // one (file, line, function) that an address belongs to
  std::uint32_t probe = 0;               // index into Image::probes
  std::uint32_t file = 0;                // index into Image::files
  std::uint32_t line = 0;                // 1-based
  std::uint32_t function = kNoFunction;  // index into Image::functions
  ImageAddress address{};  // where the line begins: at the probe, or where whoever comes to the probe has been
  std::uint32_t site = 0;  // index of the first of the probes that tell of it
  static constexpr std::uint32_t kNoFunction = 0xffffffff;
};

struct ImageProbe {
  ImageAddress address{};
  std::uint8_t original = 0;  // the file's byte there: what a lift puts back
  bool is_thrown_to = false;  // only an exception leads there, as far as that is known
};

// A probe whose int3 stays, so that each execution is counted.
struct ImageCounter {
  std::uint32_t probe = 0;                // index into Image::probes
  std::vector<std::uint8_t> instruction;  // that stands there
};

// How often a line was executed: the sum, over its terms, of the factor times how often the probe was come to (count_plan.hpp).
struct ImageTerm {
  std::uint32_t file = 0;  // index into Image::files
  std::uint32_t line = 0;
  std::uint32_t probe = kNone;  // index into Image::probes
  std::int32_t factor = 0;
  static constexpr std::uint32_t kNone = 0xffffffff;  // the line can't be counted in this image
};

struct ImageWay {       // that a conditional jump may lead, of which each has two, or the jump of a switch
  ImageAddress jump{};  // the instruction
  Way way{};
  std::uint32_t file = 0;       // index into Image::files
  std::uint32_t line = 0;       // that the jump belongs to
  std::uint32_t number = 0;     // of the way, among those of the line
  std::uint32_t condition = 0;  // of the jump, likewise
  std::uint32_t to_line = 0;    // where it leads; 0: to another file, or nobody knows
  enum class Told : std::uint8_t { by_nothing, by_probes, by_watch } told{};
};

struct ImageWitness {       // a probe that tells of a way
  std::uint32_t probe = 0;  // index into Image::probes
  std::uint32_t way = 0;    // index into Image::ways
  ImageAddress address{};   // where the way leads
  std::uint32_t site = 0;   // index of the first of the probes that tell of it
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

struct ImageWatch {
  Watch watch;
  std::vector<std::uint8_t>
      instructions;         // the one that its int3 displaces the first byte of, or all that a detour displaces
  ImageAddress detoured{};  // where those stood; 0: its int3 stands there
  std::uint8_t original() const { return detoured == ImageAddress{} ? instructions.front() : 0x90; }
};

// Instructions that are a jump to code of ours, which does them and jumps back. The code stands where the file has nothing.
struct ImageDetour {
  ImageAddress from{};
  std::vector<std::uint8_t> original;
  std::vector<std::uint8_t> jump;  // as long
  ImageAddress to{};
  std::vector<std::uint8_t> code;
};

inline constexpr std::size_t kFlagJump = 5;   // bytes of a jump of 32 bits
inline constexpr std::size_t kShortJump = 2;  // of one of 8

// A probe that a flag can tell of (flag_plan.hpp).
struct ImageFlag {
  std::uint32_t probe = 0;              // index into Image::probes
  ImageAddress from{};                  // where the jump to its stub stands
  std::vector<std::uint8_t> displaced;  // instructions, whole ones
  std::uint32_t before = 0;             // bytes of them, up to the probe
  std::uint32_t last = 0;               // bytes of the last of them, if that is a jump: it is another one in the stub
  bool is_call = false;                 // it is one call
  std::uint32_t stub = 0;               // its offset in the annex
  std::uint32_t store = 0;              // bytes of them, up to where the stub sets the flag, or counts
  ImageAddress via{};  // it displaces two bytes or more: the jump to its stub, to which a short one leads
};

struct ImageAnnex {
  ImageAddress at{};                // a page
  std::vector<std::uint8_t> bytes;  // a flag each, 0, or a counter; then the stubs
  std::vector<ImageFlag> flags;     // ascending by probe, and by stub
  bool counts = false;              // the flags are counters: 64 bits, as the machine has them
  std::size_t slot() const noexcept { return counts ? sizeof(std::uint64_t) : 1; }
};

struct Image {
  std::string path;
  std::string build_id;           // hexadecimal, lower case; empty if the file has none
  std::uint16_t elf_machine = 0;  // e_machine; 0 if this is no ELF file
  ImageAddress entry{};           // e_entry: the load bias is AT_ENTRY minus this
  std::vector<ImageSegment> segments;
  DynamicLinking linking;
  std::vector<ImageWatch> watches;  // ascending by address
  std::vector<ImageDetour> detours;
  std::vector<std::string> files;  // absolute, normalised paths
  std::vector<ImageFunction> functions;
  std::vector<ImageProbe> probes;  // ascending by address, each address once
  std::vector<ImageLine> lines;    // ascending by probe; each (probe, file, line) once
  std::vector<ImageWay> ways;      // none unless they are asked for
  std::vector<ImageWitness> witnesses;
  std::vector<ImageCounter> counters;  // ascending by probe; none unless lines are to be counted
  std::vector<ImageTerm> terms;
  ImageAnnex annex;                // no flags unless they are asked for
  std::vector<ImageBlock> blocks;  // ascending; none if there is a probe for each address of a line
  std::string reason;              // why there are no probes, as a clause: "it has no debug information"
  std::string remedy;              // what to do about it, as a clause: "compile it with -g"; may be empty
  std::string gap;                 // what is missing although there are probes; empty if nothing is known to be
  std::string gap_remedy;
  bool is_alone = false;  // all of it was read from this file, or from one with its build id: it gives the same again
};

// The probe at that address, or the first behind it.
inline std::uint32_t probe_at(const Image& image, std::uint64_t address) {
  const auto found =
      std::lower_bound(image.probes.begin(), image.probes.end(), ImageAddress{address},
                       [](const ImageProbe& probe, ImageAddress wanted) { return probe.address < wanted; });
  return static_cast<std::uint32_t>(found - image.probes.begin());
}

}  // namespace recount
