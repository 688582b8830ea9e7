// Basic blocks of machine code, and which of them surely run before which.
//
//   ControlFlow flow(code);
//   flow.add_range(start, end);        // what is decoded: the code of each line table sequence
//   flow.add_entry(address);           // where execution may come from elsewhere: functions, landing pads, ...
//   flow.decode();
//   flow.add_table(address, bytes);    // for each of tables(): distances to the targets of a switch
//   flow.build();
//   const std::uint32_t block = flow.block_at(address);
//   flow.runs_before(a, b)             // whoever is in b has come through a, and made no call since
//
// A block ends where execution may not go on to the next instruction (a jump, a call, a return) and before each address that
// may be jumped to. So whoever executes an instruction of a block has executed all of it before that, in the same process: a
// fork is a call. What stands behind a call is entered from elsewhere, for it may be longjmp(3) or another process that comes
// there.
//
// Where the code jumps to an address that it has loaded, the targets are all addresses of code that are named anywhere (in data, by
// relocations, relative to instructions). Where it jumps by a table of distances (computed_jump.hpp), they are what the table leads
// to. All of them may be entered from elsewhere. A table has no end that is known: the holes of a switch that has no default may
// lead anywhere. So it is read up to the next one that is known to be a table, or to the end of its section: an entry too many only
// makes a block smaller. In code of 32 bits distances are counted from the global offset table: that a table is one, each of its entries
// has to tell.
// A function that jumps to any other sum, or that names a place in its own middle and jumps by address, is doubtful: nothing is
// told of its blocks. So is one that can't be decoded, or that is jumped into the middle of an instruction. Pieces of code that jump to each other are
// one function here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tracer/code/computed_jump.hpp"
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
    bool is_named = false;                   // as an entry, by more than that a call in front of it may return
    bool calls = false;                      // ends with a call, which may return to the block behind it
    bool leaves = false;                     // may go on elsewhere, or not at all
    bool doubtful = false;
    bool is_thrown_to = false;  // only an exception leads here: from a landing pad on
  };

  struct Switch {  // a jump by a table of distances that no other uses, and of which every entry is known
    std::uint64_t jump = 0;
    std::uint64_t guard = 0;             // the conditional jump in front, which leads to the default
    std::vector<std::uint64_t> targets;  // each once, in the order of the table
  };

  explicit ControlFlow(const CodeBytes& code) : code_(code) {}

  void add_range(std::uint64_t start, std::uint64_t end) { ranges_.push_back({start, end}); }
  void add_function(std::uint64_t address) {
    functions_.push_back(address);
  }  // an entry at which another function begins
  void add_entry(std::uint64_t address) { entries_.push_back(address); }
  // From which instructions may count the addresses that they name; in code of 32 bits tables count from the first.
  void add_base(std::uint64_t address) { bases_.push_back(address); }
  void add_pad(std::uint64_t address) { pads_.push_back(address); }  // an entry that is one for sure
  void decode();                                                     // what was added so far
  // Where tables of distances may begin, after decode(). `placed`: numbers in instructions may be addresses.
  std::vector<std::uint64_t> tables(bool placed) const;
  void add_table(std::uint64_t address, std::span<const std::uint8_t> bytes);
  bool is_in_table(std::uint64_t address) const noexcept;  // a distance that leads to code, after add_table()
  void build(bool placed);

  const std::vector<FlowInstruction>& turns() const noexcept { return turns_; }  // that do not just go on: ascending
  std::uint32_t function_of(std::uint64_t address) const noexcept;               // a number
  const std::vector<Switch>& switches() const noexcept { return switches_; }     // ascending
  // Nothing leads there but the tables of switches().
  bool is_case_only(std::uint64_t address) const noexcept;
  std::vector<std::uint32_t> heads() const;  // by function, one of those that jump to each other
  const std::vector<Block>& blocks() const noexcept { return blocks_; }  // ascending
  std::uint32_t block_at(std::uint64_t address) const noexcept;          // kNone: it is in no block
  bool starts_at(std::uint64_t address) const noexcept;                  // an instruction of the ranges
  // The instruction in front, if it is in the same block: who comes to the address has run it.
  std::optional<std::uint64_t> before_in_block(std::uint64_t address) const noexcept;
  // Or is the same.
  bool runs_before(std::uint32_t a, std::uint32_t b) const noexcept { return tree_.dominates(a, b); }
  // Blocks, those that surely ran before another behind it.
  const std::vector<std::uint32_t>& inner_first() const noexcept { return tree_.inner_first(); }

 private:
  static constexpr std::size_t kTableBytesMax = std::size_t{256} << 20;
  struct Range {
    std::uint64_t start, end;
    std::size_t bits = 0;  // the first of its bits in starts_
  };
  struct Name {  // of a place, in an instruction
    std::uint64_t by, address;
  };
  void decode(const Range& range);
  void note(const FlowInstruction& at);
  void note_jump(const FlowInstruction& at, const Range& range);
  bool has_whole_table(const ComputedJump& jump, bool any_target) const noexcept;
  bool has_each_entry(const ComputedJump& jump) const noexcept;
  void place_table(ComputedJump& jump) const;
  const Range* range_of(std::uint64_t address) const noexcept;
  void add_named_entries(bool placed);
  void make_blocks();
  void link_blocks();
  void doubt_functions();
  void find_dominators();
  void find_thrown_to();
  void find_switches();
  std::vector<bool> reached_from(const std::vector<std::uint64_t>& starts, bool catches) const;

  const CodeBytes& code_;
  std::vector<Range> ranges_;  // after decode(): ascending and apart
  std::vector<bool> starts_;   // whether an instruction starts at each byte of the ranges
  std::vector<std::uint64_t> functions_;
  std::vector<std::uint64_t> entries_;
  std::vector<std::uint64_t> pads_;
  std::vector<std::uint64_t> bases_;
  std::vector<FlowInstruction> turns_;  // all that do not just go on, ascending
  std::vector<ComputedJump> jumps_;
  std::vector<Name> named_;
  std::vector<std::uint64_t> named_code_;  // in the ranges, by instructions
  std::vector<Name> absolute_;
  std::vector<std::uint64_t> tables_;  // that are one for sure: ascending
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>>
      targets_of_;                                             // by table, up to the first that is no code
  std::unordered_map<std::uint64_t, std::uint64_t> table_to_;  // by target: the table; 0: several
  std::vector<Switch> switches_;
  std::vector<std::uint64_t> other_entries_;     // those that are entries for more than a table
  std::unordered_set<std::uint64_t> in_tables_;  // where distances stand that lead to code
  std::vector<std::uint64_t> by_table_;          // targets
  std::size_t table_bytes_left_ = kTableBytesMax;
  std::vector<std::uint64_t> unreadable_;
  std::vector<Block> blocks_;
  DominatorTree tree_;
};

}  // namespace recount
