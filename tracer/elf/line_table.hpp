// One line table of .debug_line (DWARF 2 to 5, section 6.2): its files, and its rows sequence by
// sequence.
//
//   LineTable table = LineTable::parse(sections, offset, "/home/me/project");
//   if (table.ok()) table.for_each_sequence([](const LineSequence& sequence) { ... });
//
// libdw reads line tables too, but it sorts the rows of all sequences by address and forgets where
// a sequence began. The start is what tells code that the linker threw away (its sequence starts at
// a tombstone) from code that it kept, and it is where decoding of instructions has to begin.
// Reading the header alone also lets the files be looked at first: most tables of a big program
// hold no source that anyone wants, and their rows are never run.
//
// Invariant: nothing is read outside the given sections, and each byte of the program is read once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace recount {

using Bytes = std::span<const std::uint8_t>;

struct LineSections {  // uncompressed
  Bytes line;          // .debug_line
  Bytes line_str;      // .debug_line_str, DWARF 5
  Bytes str;           // .debug_str, DWARF 5
};

struct LineRow {
  std::uint64_t address = 0;
  std::uint32_t file = 0;  // index into LineTable::files
  std::uint32_t line = 0;
  bool is_stmt = false;
};

struct LineSequence {  // never empty
  std::vector<LineRow> rows;
  std::uint64_t end = 0;  // the first address behind the sequence
};

class LineTable {
 public:
  static LineTable parse(const LineSections& sections, std::uint64_t offset, const std::string& comp_dir);

  bool ok() const noexcept { return ok_; }
  const std::vector<std::string>& files() const noexcept { return files_; }  // not normalised
  std::size_t program_size() const noexcept { return program_.size(); }

  // Sequences without an end (cut off, damaged) are left out.
  void for_each_sequence(const std::function<void(const LineSequence&)>& visit) const;

 private:
  friend class LineHeaderReader;
  friend class LineProgram;

  bool ok_ = false;
  std::vector<std::string> files_;
  Bytes program_;
  std::vector<std::uint8_t> operand_counts_;  // of the standard opcodes; [0] is unused
  std::uint8_t min_instruction_size_ = 1;
  std::uint8_t opcode_base_ = 1;
  std::uint8_t line_range_ = 1;
  std::int8_t line_base_ = 0;
  bool default_is_stmt_ = true;
};

}  // namespace recount
