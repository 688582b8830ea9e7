// Basic blocks of machine code, and which of them surely run before which.
//
//   ControlFlow flow(code);
//   flow.add_range(start, end);        // what is decoded: the code of each line table sequence
//   flow.add_entry(address);           // where execution may come from elsewhere: functions, landing pads, ...
//   flow.add_table(address, bytes);    // what may be a table of distances to the targets of a switch
//   flow.build();
//   const std::uint32_t block = flow.block_at(address);
//   flow.runs_before(a, b)             // whoever is in b has come through a, and made no call since
//
// A block ends where execution may not go on to the next instruction (a jump, a call, a return) and before each address that
// may be jumped to. So whoever executes an instruction of a block has executed all of it before that, in the same process: a
// fork is a call. What stands behind a call is entered from elsewhere, for it may be longjmp(3) or another process that comes
// there.
//
// Where the code jumps to an address that it computes, the targets are taken to be all addresses of code that are named anywhere
// (in data, by relocations, relative to instructions) or that a table of distances leads to, and to be entered from
// elsewhere. A function that jumps to a sum without such a table, or that names a place in its own middle and jumps by address,
// is doubtful: nothing is told of its blocks. So is one that can't be decoded, or that is jumped into the middle of an
// instruction. Pieces of code that jump to each other are one function here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tracer/code/dominators.hpp"
#include "tracer/code/instruction_flow.hpp"
#include "tracer/elf/elf_file.hpp"

namespace recount {

class ControlFlow {
 public:
  static constexpr std::uint32_t kNone = DominatorTree::kNone;
  struct Block {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint32_t next[2] = {kNone, kNone};  // where it may go on, but for what `leaves`
    std::uint32_t dominator = kNone;         // the last block that surely ran before it, without a call in between
    bool is_entry = false;                   // may be entered from elsewhere
    bool leaves = false;                     // may go on elsewhere, or not at all
    bool doubtful = false;
  };

  explicit ControlFlow(const CodeBytes& code) : code_(code) {}

  void add_range(std::uint64_t start, std::uint64_t end) { ranges_.push_back({start, end}); }
  void add_function(std::uint64_t address) {
    functions_.push_back(address);
  }  // an entry at which another function begins
  void add_entry(std::uint64_t address) { entries_.push_back(address); }
  void add_pad(std::uint64_t address) { pads_.push_back(address); }            // an entry that is one for sure
  void decode();                                                               // what was added so far
  const std::vector<std::uint64_t>& named() const noexcept { return named_; }  // outside of the ranges, by instructions
  void add_table(std::uint64_t address, std::span<const std::uint8_t> bytes);  // after decode()
  // `placed`: numbers in instructions may be addresses.
  void build(bool placed);

  const std::vector<Block>& blocks() const noexcept { return blocks_; }  // ascending
  std::uint32_t block_at(std::uint64_t address) const noexcept;          // kNone: it is in no block
  bool starts_at(std::uint64_t address) const noexcept;                  // an instruction of the ranges
  // Or is the same.
  bool runs_before(std::uint32_t a, std::uint32_t b) const noexcept { return tree_.dominates(a, b); }
  // Blocks, those that surely ran before another behind it.
  const std::vector<std::uint32_t>& inner_first() const noexcept { return tree_.inner_first(); }

 private:
  struct Range {
    std::uint64_t start, end;
    std::size_t bits = 0;  // the first of its bits in starts_
  };
  void decode(const Range& range);
  void note(const FlowInstruction& at);
  const Range* range_of(std::uint64_t address) const noexcept;
  void add_named_entries(bool placed);
  void make_blocks();
  void link_blocks();
  void doubt_functions();
  void spread_doubt(std::vector<std::uint32_t>& head);
  std::uint32_t function_of(std::uint64_t address) const noexcept;
  void find_dominators();

  const CodeBytes& code_;
  std::vector<Range> ranges_;  // after decode(): ascending and apart
  std::vector<bool> starts_;   // whether an instruction starts at each byte of the ranges
  std::vector<std::uint64_t> functions_;
  std::vector<std::uint64_t> entries_;
  std::vector<std::uint64_t> pads_;
  std::vector<FlowInstruction> turns_;  // all that do not just go on, ascending
  std::vector<std::uint64_t> named_;
  std::vector<std::uint64_t> named_code_;  // in the ranges, by instructions
  std::vector<std::uint64_t> absolute_;
  std::vector<std::uint64_t> by_table_;  // targets
  std::vector<std::uint64_t> unreadable_;
  std::vector<Block> blocks_;
  DominatorTree tree_;
};

}  // namespace recount
