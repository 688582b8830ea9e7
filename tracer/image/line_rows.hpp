// From the DWARF of one file to the rows that become probes.
//
//   LineRows rows(dwarf, split, code, sources);
//   rows.read_tables();                       // headers only: which tables hold a wanted file
//   if (rows.any_wanted()) rows.read_rows();
//   rows.fill(image, program);
//
// The rules for rows stand in image_reader.hpp, those for probes in probe_plan.hpp.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "tracer/code/epilogue.hpp"
#include "tracer/code/instruction_sweep.hpp"
#include "tracer/elf/dwarf_text.hpp"
#include "tracer/elf/elf_file.hpp"
#include "tracer/elf/function_table.hpp"
#include "tracer/elf/line_table.hpp"
#include "tracer/elf/split_units.hpp"
#include "tracer/image/branch_plan.hpp"
#include "tracer/image/count_plan.hpp"
#include "tracer/image/function_names.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/image_subject.hpp"
#include "tracer/image/probe_plan.hpp"
#include "tracer/image/source_paths.hpp"

namespace recount {

class LineRows {
 public:
  // The units that were split off come from `split`, as far as libdw does not find them; it must outlive this.
  LineRows(Dwarf* dwarf, SplitUnits& split, const CodeBytes& code, const ImageSubject& subject);

  void read_tables();
  bool any_table() const noexcept { return any_table_; }
  bool any_wanted() const noexcept { return !tables_.empty(); }
  const std::string& unwanted() const noexcept { return unwanted_; }  // the first source that is not, as it is written
  bool is_split() const noexcept { return is_split_; }                // some of it lies in other files, found or not
  const std::string& damage() const noexcept { return damage_; }      // the first; empty if there was none

  void read_rows();
  void fill(Image& image, Elf* program);                                     // that the code is of
  std::size_t lines_left_out() const noexcept { return lines_left_out_; }    // they may be data: after fill()
  std::size_t lines_rewritten() const noexcept { return lines_rewritten_; }  // left out, for the program writes there

 private:
  enum class Rows : std::uint8_t { code, code_in_functions, code_or_data };  // what their addresses hold
  struct Table {                                                             // with at least one wanted file
    LineTable lines;
    std::vector<std::uint32_t> files;  // numbers of SourcePaths
    std::vector<Dwarf_Die> units;      // most have one; their trees hold the functions
    std::vector<AddressRange> ranges;  // of all its units: ascending and apart
    bool anywhere = false;             // a unit does not say where its code is
    bool by_plain_gcc = true;          // each unit was compiled by gcc, and not optimized
    bool flow_is_known = true;         // each unit was compiled by who tells where execution may come from elsewhere
    Rows rows = Rows::code;            // the worst of all its units
    bool is_found = true;              // the trees of all units
  };
  static Rows rows_of(Dwarf_Die* unit, const std::string& producer);
  using Row = CodeRow;

  void read_unit(Dwarf_Die* unit, std::uint8_t type, Dwarf_Die* split);
  Dwarf_Die tree_of(Dwarf_Die* skeleton, Dwarf_Die* split);
  Table* table_at(std::uint64_t offset, Dwarf_Die* unit);
  bool wants_a_file(const Table& table) const;
  void note_unwanted(const Table& table, const std::string& name);
  void read_table(Table& table);
  void read_sequence(const Table& table, const LineSequence& sequence);
  void add_spans(const Table& table, const LineSequence& sequence);
  void add_row(const Table& table, const LineRow& row, std::uint64_t end);
  bool wants(const Table& table, const LineRow& row) const;
  bool has_code(const Table& table, const LineSequence& sequence, const LineRow& row) const;
  void add_declarations(const Table& table, FunctionTable& functions, std::size_t first_row);
  void add_entry(const Table& table, FunctionTable::Place& entry, std::size_t first_row, std::size_t rows_end);
  void add_labels(FunctionTable& functions, std::size_t first_row, std::size_t rows_end);
  void sort_by_address(std::size_t first_row);
  void name_functions(const Table& table, FunctionTable& functions, std::size_t first_row);
  std::uint32_t function_of(const Row& row);
  void note_doubt(const Table& table, std::uint64_t address, bool in_function);
  void drop_data(Elf* program);
  void leave_own_bytes(Elf* program);
  void leave_returns(const ControlFlow* flow);
  void add_entered(const ControlFlow& flow);
  void sort_rows();
  std::vector<PlannedLine> plan(Elf* program, Image& image);
  void plan_branches();
  bool is_thrown_to(std::uint64_t address) const;
  std::vector<Row> counted_rows() const;
  void add_probes(const std::vector<PlannedLine>& planned, Image& image) const;
  void make_probes(const std::vector<PlannedLine>& planned, Image& image) const;
  void number_functions(Image& image);
  void number_files(Image& image);

  Dwarf* dwarf_;
  SplitUnits& split_;
  const CodeBytes& code_;
  LineSections sections_;
  DwarfText text_;
  SourcePaths paths_;
  FunctionNames names_;
  InstructionSweep sweep_;
  EpilogueReader epilogues_;
  std::map<std::uint64_t, Table> tables_;  // by offset in .debug_line
  std::set<std::uint64_t> seen_;           // offsets that were read, wanted or not
  std::uint64_t program_bytes_left_;       // sound tables do not overlap
  ProbesPer probes_per_;
  bool branches_;
  bool flags_;
  const std::optional<SourceFilter>& counted_;
  std::optional<OwnBytes> own_bytes_;
  std::optional<ControlFlow> flow_;
  std::vector<CodeSpan> spans_;  // of the sequences whose flow is known, wanted or not
  std::optional<BranchPlan> branch_plan_;
  std::optional<CountPlan> count_plan_;
  std::vector<Row> rows_;
  std::vector<AddressRange> code_ranges_;  // of the sequences whose flow is known
  std::vector<std::uint64_t> functions_at_;
  std::vector<std::uint64_t> compiled_;   // rows that are code
  std::vector<std::uint64_t> uncovered_;  // rows in no function of the debug information
  std::vector<std::uint64_t> doubted_;    // rows that may be data
  std::size_t lines_left_out_ = 0;
  std::size_t lines_rewritten_ = 0;
  std::vector<std::uint64_t> returns_;        // that the program writes to, where a row begins
  std::unordered_set<std::uint64_t> starts_;  // addresses of the rows of the table at hand, wanted or not
  std::vector<std::uint32_t> around_;         // named functions around the row at hand, the innermost last
  std::string damage_;
  std::string unwanted_;
  bool any_table_ = false;
  bool is_split_ = false;
};

}  // namespace recount
