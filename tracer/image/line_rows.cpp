#include "tracer/image/line_rows.hpp"

#include <dwarf.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "tracer/code/own_bytes.hpp"
#include "tracer/elf/unit_lines.hpp"
#include "tracer/image/entered_lines.hpp"
#include "tracer/image/flag_plan.hpp"
#include "tracer/image/image_flow.hpp"
#include "tracer/image/proved_code.hpp"

namespace recount {
namespace {

void sort_and_merge(std::vector<AddressRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const AddressRange& a, const AddressRange& b) { return a.start < b.start; });
  std::vector<AddressRange> merged;
  for (const AddressRange& range : ranges) {
    if (merged.empty() || range.start > merged.back().end) {
      merged.push_back(range);
    } else {
      merged.back().end = std::max(merged.back().end, range.end);
    }
  }
  ranges = std::move(merged);
}

bool contains(const std::vector<AddressRange>& ranges, std::uint64_t address) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), address,
                       [](std::uint64_t value, const AddressRange& range) { return value < range.start; });
  return after != ranges.begin() && address < std::prev(after)->end;
}

// "GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O2": gcc repeats the options that shaped the code. There is always
// an -m, unless it was told to be silent (-gno-record-gcc-switches): then nobody knows.
bool is_from_plain_gcc(const std::string& producer) {
  if (producer.compare(0, 4, "GNU ") != 0 || producer.find(" -m") == std::string::npos) return false;
  const std::size_t level = producer.rfind(" -O");
  return level == std::string::npos || producer.compare(level, 4, " -O0") == 0;
}

// Who compiles so that each place that is entered from elsewhere is found by the unwind tables, symbols and addresses in the file:
// gcc and clang, for every language (rustc says clang). Not an assembler, and not Go's own compiler, whose panics return anywhere.
bool tells_its_flow(const std::string& producer) {
  return (producer.starts_with("GNU ") && !producer.starts_with("GNU AS")) ||
         producer.find("clang") != std::string::npos;
}

}  // namespace

LineRows::LineRows(Dwarf* dwarf, SplitUnits& split, const CodeBytes& code, const ImageSubject& subject)
    : dwarf_(dwarf),
      split_(split),
      code_(code),
      sections_(line_sections_of(dwarf_getelf(dwarf))),
      paths_(subject.sources),
      names_(paths_, text_),
      sweep_(code),
      epilogues_(code.mode()),
      program_bytes_left_(sections_.line.size()),
      probes_per_(subject.probes_per),
      branches_(subject.branches),
      flags_(subject.flags && code.mode() == arch::Mode::bits64),
      counted_(subject.counted) {
  names_.take_symbols_from(dwarf_getelf(dwarf));
}

void LineRows::read_tables() {
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  Dwarf_Die split;
  std::uint8_t type = 0;
  int found = 0;
  while ((found = dwarf_get_units(dwarf_, unit, &unit, nullptr, &type, &die, &split)) == 0) {
    if (type == DW_UT_compile || type == DW_UT_skeleton) read_unit(&die, type, &split);
  }
  if (found < 0) damage_ = dwarf_errmsg(-1);
}

// What it says of files is meant for the skeleton's table. Without a split unit, all that there is is the skeleton.
Dwarf_Die LineRows::tree_of(Dwarf_Die* skeleton, Dwarf_Die* split) {
  const auto found = dwarf_tag(split) > 0 ? std::optional(*split) : split_.find(skeleton);
  if (!found) return *skeleton;
  names_.take_files_from(*skeleton, found->cu);
  return *found;
}

// Partial and type units borrow the table of a unit that is read here; they have no code of their
// own.
void LineRows::read_unit(Dwarf_Die* unit, std::uint8_t type, Dwarf_Die* split) {
  const auto offset = line_table_offset(unit);
  if (!offset) return;
  any_table_ = true;
  Table* table = table_at(*offset, unit);
  if (table == nullptr) return;
  is_split_ = is_split_ || type == DW_UT_skeleton;
  Dwarf_Die tree = type == DW_UT_skeleton ? tree_of(unit, split) : *unit;
  table->units.push_back(tree);
  table->is_found = table->is_found && (type != DW_UT_skeleton || tree.addr != unit->addr);
  const std::string producer = text_.of(&tree, DW_AT_producer);
  table->by_plain_gcc = table->by_plain_gcc && is_from_plain_gcc(producer);
  table->flow_is_known = table->flow_is_known && tells_its_flow(producer);
  table->rows = std::max(table->rows, rows_of(&tree, producer));
  const auto ranges = ranges_of(unit, code_);
  table->anywhere = table->anywhere || !ranges;
  if (ranges) table->ranges.insert(table->ranges.end(), ranges->begin(), ranges->end());
}

// GNU as gives rows to instructions only, and so does clang's. Other assemblers give them to all that has a size. Without a
// producer the part that names it is missing, and the unit is a compiler's.
LineRows::Rows LineRows::rows_of(Dwarf_Die* unit, const std::string& producer) {
  if (tells_its_flow(producer) || producer.starts_with("GNU AS")) return Rows::code;
  const bool assembled = producer.starts_with("NASM") || producer.starts_with("yasm");
  if (assembled || dwarf_srclang(unit) == DW_LANG_Mips_Assembler) return Rows::code_or_data;
  return producer.empty() ? Rows::code : Rows::code_in_functions;
}

LineRows::Table* LineRows::table_at(std::uint64_t offset, Dwarf_Die* unit) {
  if (const auto known = tables_.find(offset); known != tables_.end()) return &known->second;
  if (!seen_.insert(offset).second) return nullptr;
  Table table;
  table.lines = LineTable::parse(sections_, offset, text_.of(unit, DW_AT_comp_dir));
  const bool fits = table.lines.ok() && table.lines.program_size() <= program_bytes_left_;
  if (!fits && damage_.empty()) damage_ = "invalid .debug_line section";
  if (!fits) return nullptr;
  program_bytes_left_ -= table.lines.program_size();
  for (const std::string& file : table.lines.files()) table.files.push_back(paths_.number_of(file));
  if (!wants_a_file(table)) return note_unwanted(table, text_.of(unit, DW_AT_name)), nullptr;
  return &tables_.emplace(offset, std::move(table)).first->second;
}

bool LineRows::wants_a_file(const Table& table) const {
  return std::any_of(table.files.begin(), table.files.end(),
                     [this](std::uint32_t file) { return paths_.wanted(file); });
}

// The unit's own, under the name that rules of a map are held against.
void LineRows::note_unwanted(const Table& table, const std::string& name) {
  if (!unwanted_.empty() || name.empty()) return;
  const std::string file = name.substr(name.rfind('/') + 1);
  const auto found = std::find_if(table.lines.files().begin(), table.lines.files().end(),
                                  [&](const std::string& spelling) { return spelling.ends_with(file); });
  if (found != table.lines.files().end()) unwanted_ = *found;
}

void LineRows::read_rows() {
  for (auto& [offset, table] : tables_) read_table(table);
}

void LineRows::read_table(Table& table) {
  const std::size_t first_row = rows_.size();
  starts_.clear();
  sort_and_merge(table.ranges);
  table.lines.for_each_sequence([&](const LineSequence& sequence) { read_sequence(table, sequence); });
  if (starts_.empty()) return;
  FunctionTable functions(code_);
  for (Dwarf_Die& unit : table.units) functions.add_unit(&unit);
  functions.seal();
  for (const FunctionTable::Place& entry : functions.entries()) functions_at_.push_back(entry.address);
  sort_by_address(first_row);
  add_declarations(table, functions, first_row);
  sort_by_address(first_row);
  name_functions(table, functions, first_row);
  if (table.rows == Rows::code) compiled_.insert(compiled_.end(), starts_.begin(), starts_.end());
}

void LineRows::read_sequence(const Table& table, const LineSequence& sequence) {
  if (code_.is_tombstone(sequence.rows.front().address)) return;
  if (table.flow_is_known && has_code(table, sequence, sequence.rows.front()))
    code_ranges_.push_back({sequence.rows.front().address, sequence.end});
  if ((branches_ || counted_ || table.by_plain_gcc) && table.flow_is_known) add_spans(table, sequence);
  sweep_.start(sequence.rows.front().address);
  for (auto row = sequence.rows.begin(); row != sequence.rows.end(); ++row) {
    // Asked of rows that we do not want, too: it is where decoding falls into step again.
    if (!sweep_.starts_at(row->address) || !has_code(table, sequence, *row)) continue;
    starts_.insert(row->address);
    if (!wants(table, *row)) continue;
    const auto next =
        std::find_if(row, sequence.rows.end(), [&](const LineRow& later) { return later.address > row->address; });
    add_row(table, *row, next == sequence.rows.end() ? sequence.end : next->address);
  }
}

// Which line code belongs to is said by all rows, statements or not.
void LineRows::add_spans(const Table& table, const LineSequence& sequence) {
  for (auto row = sequence.rows.begin(); row != sequence.rows.end(); ++row) {
    const std::uint64_t end = std::next(row) == sequence.rows.end() ? sequence.end : std::next(row)->address;
    if (end > row->address && row->file < table.files.size())
      spans_.push_back({row->address, end, table.files[row->file], row->line, table.by_plain_gcc});
  }
}

// `end` is where the row's code ends.
void LineRows::add_row(const Table& table, const LineRow& row, std::uint64_t end) {
  Row added{row.address, table.files[row.file], row.line, ImageLine::kNoFunction};
  if (!table.by_plain_gcc) return rows_.push_back(added);
  const auto code = code_.from(row.address);
  const auto own = code.first(static_cast<std::size_t>(std::min<std::uint64_t>(code.size(), end - row.address)));
  if (epilogues_.is_epilogue(own) || epilogues_.is_canary_setup(own)) return;
  rows_.push_back(added);
  const std::size_t last_nop = epilogues_.last_nop_before_epilogue(own);
  added.address += last_nop;
  if (last_nop != 0) rows_.push_back(added);
}

// Unoptimized, gcc marks the first row of a line only (-gno-statement-frontiers or not): its other rows are blocks that
// jumps may lead to past the first, as in a macro with several cases. Optimized, they are pieces of statements.
bool LineRows::wants(const Table& table, const LineRow& row) const {
  return (row.is_stmt || table.by_plain_gcc) && row.line != 0 && row.file < table.files.size() &&
         paths_.wanted(table.files[row.file]);
}

bool LineRows::has_code(const Table& table, const LineSequence& sequence, const LineRow& row) const {
  if (row.address >= sequence.end || code_.from(row.address).empty()) return false;
  return table.anywhere || contains(table.ranges, row.address);
}

void LineRows::sort_by_address(std::size_t first_row) {
  std::stable_sort(rows_.begin() + static_cast<std::ptrdiff_t>(first_row), rows_.end(),
                   [](const Row& a, const Row& b) { return a.address < b.address; });
}

// Lines that have code although no row of the table has their number.
void LineRows::add_declarations(const Table& table, FunctionTable& functions, std::size_t first_row) {
  const std::size_t rows_end = rows_.size();
  for (FunctionTable::Place& entry : functions.entries()) add_entry(table, entry, first_row, rows_end);
  add_labels(functions, first_row, rows_end);
}

// The first row of a function is that of its `{` in C, and may be that of `){` in C++: what it tells is that the
// function was entered, and that is said of the line that declares it. Without optimization nothing else happens at
// that address; with it the row may be a statement's as well, so both stand.
void LineRows::add_entry(const Table& table, FunctionTable::Place& entry, std::size_t first_row, std::size_t rows_end) {
  if (starts_.count(entry.address) == 0) return;
  const auto declared = names_.declared_at(&entry.die);
  if (!declared || !paths_.wanted(declared->file)) return;
  const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(rows_end);
  const auto first = std::lower_bound(rows_.begin() + static_cast<std::ptrdiff_t>(first_row), end, entry.address,
                                      [](const Row& row, std::uint64_t address) { return row.address < address; });
  const bool has_row = first != end && first->address == entry.address;
  if (has_row && table.by_plain_gcc && first->file == declared->file && first->line > declared->line) {
    first->line = declared->line;
  } else {
    rows_.push_back({entry.address, declared->file, declared->line, ImageLine::kNoFunction});
  }
}

// A label that is also fallen into has a row where that happens, which a goto jumps over: gcov counts the row. Where several
// labels share an address, a jump to the last one passes none of the others.
void LineRows::add_labels(FunctionTable& functions, std::size_t first_row, std::size_t rows_end) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> with_row;
  for (std::size_t row = first_row; row < rows_end && !functions.labels().empty(); ++row)
    with_row.emplace(rows_[row].file, rows_[row].line);
  std::map<std::uint64_t, FunctionNames::Place> last_at;
  for (FunctionTable::Place& label : functions.labels()) {
    const auto declared = names_.declared_at(&label.die);
    if (starts_.count(label.address) == 0 || !declared || !paths_.wanted(declared->file)) continue;
    FunctionNames::Place& last = last_at.try_emplace(label.address, *declared).first->second;
    if (last.file == declared->file && last.line < declared->line) last = *declared;
  }
  for (const auto& [address, place] : last_at) {
    if (with_row.count({place.file, place.line}) != 0) continue;
    rows_.push_back({address, place.file, place.line, ImageLine::kNoFunction});
  }
}

// Unoptimized code that the compiler wrote (a constructor of a class without one, with the class's line) is left out.
void LineRows::name_functions(const Table& table, FunctionTable& functions, std::size_t first_row) {
  std::vector<std::optional<std::uint32_t>> numbers(functions.size());
  std::size_t kept = first_row;
  for (std::size_t at = first_row; at < rows_.size(); ++at) {
    Row& row = rows_[at];
    around_.clear();
    const auto& around = functions.around(row.address);
    if (table.by_plain_gcc && !around.empty() && functions.is_artificial(around.back())) continue;
    note_doubt(table, row.address, !around.empty());
    for (const std::uint32_t index : around) {
      auto& number = numbers[index];
      if (!number) number = names_.number_of(&functions.die(index), row.file);
      if (*number != ImageLine::kNoFunction) around_.push_back(*number);
    }
    row.function = function_of(row);
    if (around.empty() && table.flow_is_known && table.is_found)
      row.function = names_.number_by_symbol(row.address, row.file);
    rows_[kept++] = row;
  }
  rows_.resize(kept);
}

// Where an inlined call comes first in a function, the line of the function's `{`, that of the call
// and the first one of the inlined body share one address. So the innermost function is only right
// if it can hold the line: of those that are declared at or above it in its file, it is the nearest
// that counts.
std::uint32_t LineRows::function_of(const Row& row) {
  std::uint32_t best = around_.empty() ? ImageLine::kNoFunction : around_.back();
  std::uint32_t nearest = 0;
  for (auto number = around_.rbegin(); number != around_.rend(); ++number) {
    const ImageFunction& function = names_.functions()[*number];
    if (function.file != row.file || function.line > row.line || function.line <= nearest) continue;
    best = *number;
    nearest = function.line;
  }
  return best;
}

void LineRows::note_doubt(const Table& table, std::uint64_t address, bool in_function) {
  if (table.rows == Rows::code_or_data) doubted_.push_back(address);
  if (table.rows == Rows::code_in_functions && !in_function) uncovered_.push_back(address);
}

// An int3 in data changes what the program computes.
void LineRows::drop_data(Elf* program) {
  if (doubted_.empty() && uncovered_.empty()) return;
  Elf* const debug = dwarf_getelf(dwarf_);
  auto functions = function_symbols_of(program, debug);
  sort_and_merge(functions);
  std::copy_if(uncovered_.begin(), uncovered_.end(), std::back_inserter(doubted_),
               [&](std::uint64_t address) { return !contains(functions, address); });
  if (doubted_.empty()) return;
  const ReachedCode code = proved_code_of(program, debug, compiled_, code_);
  const std::unordered_set<std::uint64_t> doubted(doubted_.begin(), doubted_.end());
  std::set<std::pair<std::uint32_t, std::uint32_t>> dropped;
  std::erase_if(rows_, [&](const Row& row) {
    const bool is_data = doubted.contains(row.address) && !code.has(row.address);
    if (is_data) dropped.emplace(row.file, row.line);
    return is_data;
  });
  for (const Row& row : rows_) dropped.erase({row.file, row.line});
  lines_left_out_ = dropped.size();
}

// Lines that begin in bytes which the program reads or rewrites begin where execution goes on behind them.
void LineRows::leave_own_bytes(Elf* program) {
  own_bytes_.emplace(program, code_, functions_at_);
  for (Row& row : rows_) {
    auto place = own_bytes_->at(row.address);
    for (; place && place->goes_on; place = own_bytes_->at(row.address)) row.address = place->end;
    if (place) returns_.push_back(row.address);
  }
  std::sort(returns_.begin(), returns_.end());
}

void LineRows::add_entered(const ControlFlow& flow) {
  spans_ = apart(std::move(spans_));
  const std::vector<Row> entered = entered_lines({flow, code_, epilogues_, spans_}, rows_);
  rows_.insert(rows_.end(), entered.begin(), entered.end());
  if (!entered.empty()) sort_rows();
}

// Nothing goes on behind a return: its line is told of by the instruction in front, if all that comes to it has run that.
void LineRows::leave_returns(const ControlFlow* flow) {
  if (returns_.empty()) return;
  std::set<std::pair<std::uint32_t, std::uint32_t>> dropped;
  std::erase_if(rows_, [&](Row& row) {
    if (!std::binary_search(returns_.begin(), returns_.end(), row.address)) return false;
    const auto before = flow ? flow->before_in_block(row.address) : std::nullopt;
    if (before) row.address = *before;
    if (!before) dropped.emplace(row.file, row.line);
    return !before;
  });
  for (const Row& row : rows_) dropped.erase({row.file, row.line});
  lines_rewritten_ = dropped.size();
  sort_rows();
}

void LineRows::sort_rows() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.address, a.file, a.line, a.function) < std::tie(b.address, b.file, b.line, b.function);
  });
  const auto same = [](const Row& a, const Row& b) {
    return std::tie(a.address, a.file, a.line) == std::tie(b.address, b.file, b.line);
  };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
}

void LineRows::fill(Image& image, Elf* program) {
  drop_data(program);
  leave_own_bytes(program);
  sort_rows();
  make_probes(plan(program, image), image);
  number_functions(image);
  number_files(image);
}

void LineRows::make_probes(const std::vector<PlannedLine>& planned, Image& image) const {
  add_probes(planned, image);
  for (const PlannedLine& line : planned)
    if (!BranchPlan::is_way(line))
      image.lines.push_back({probe_at(image, line.probe), line.row.file, line.row.line, line.row.function,
                             ImageAddress{line.row.address}, probe_at(image, line.first)});
  if (branch_plan_) branch_plan_->fill(planned, image);
  if (count_plan_) count_plan_->fill(image);
  if (flags_ && flow_) (counted_ ? plan_counters : plan_flags)({*flow_, code_, *own_bytes_}, image);
}

void LineRows::add_probes(const std::vector<PlannedLine>& planned, Image& image) const {
  std::set<std::uint64_t> addresses;
  for (const PlannedLine& line : planned) addresses.insert(line.probe);
  if (count_plan_) addresses.insert(count_plan_->counters().begin(), count_plan_->counters().end());
  for (const std::uint64_t address : addresses)
    image.probes.push_back({ImageAddress{address}, code_.from(address).front(), is_thrown_to(address)});
}

bool LineRows::is_thrown_to(std::uint64_t address) const {
  const std::uint32_t block = flow_ ? flow_->block_at(address) : ControlFlow::kNone;
  return block != ControlFlow::kNone && flow_->blocks()[block].is_thrown_to;
}

std::vector<PlannedLine> LineRows::plan(Elf* program, Image& image) {
  const bool by_line = probes_per_ == ProbesPer::line || code_ranges_.empty();
  const bool asks_flow = !code_ranges_.empty() && (branches_ || counted_ || flags_ || !by_line || !spans_.empty());
  if (asks_flow || !returns_.empty())
    if (auto flow = flow_of({program, dwarf_getelf(dwarf_), code_ranges_, functions_at_}, code_))
      flow_.emplace(std::move(*flow));
  leave_returns(flow_ ? &*flow_ : nullptr);
  if (flow_) add_entered(*flow_);
  const std::vector<Row> rows = counted_rows();
  const std::vector<CodeSpan> spans = counted_ ? spans_ : std::vector<CodeSpan>();
  if (branches_ && flow_) plan_branches();
  const bool by_block = !by_line && flow_;
  const std::vector<PlannedLine> planned = by_block ? plan_by_block(rows_, *flow_) : plan_by_line(rows_);
  if (by_block)
    for (const ControlFlow::Block& block : flow_->blocks())
      image.blocks.push_back({ImageAddress{block.start}, ImageAddress{block.end}, block.dominator});
  std::set<std::uint64_t> probes;
  for (const PlannedLine& line : planned) probes.insert(line.probe);
  const ControlFlow* const flow = flow_ ? &*flow_ : nullptr;
  if (counted_)
    count_plan_.emplace(CountPlan::Subject{flow, code_, *own_bytes_, flags_ ? &probes : nullptr, by_line && !flags_},
                        spans, rows);
  return planned;
}

std::vector<LineRows::Row> LineRows::counted_rows() const {
  std::vector<Row> rows;
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(rows),
               [this](const Row& row) { return counted_ && counted_->wants(paths_.path(row.file)); });
  return rows;
}

void LineRows::plan_branches() {
  branch_plan_.emplace(BranchPlan::Subject{*flow_, code_, *own_bytes_}, std::move(spans_), rows_);
  branch_plan_->add_rows(rows_);
  sort_rows();
}

// Of all the functions that were looked at, keeps those that lines name; likewise the files below.
void LineRows::number_functions(Image& image) {
  std::vector<std::optional<std::uint32_t>> numbers(names_.functions().size());
  for (ImageLine& line : image.lines) {
    if (line.function == ImageLine::kNoFunction) continue;
    auto& number = numbers[line.function];
    if (!number) {
      number = static_cast<std::uint32_t>(image.functions.size());
      image.functions.push_back(names_.functions()[line.function]);
    }
    line.function = *number;
  }
}

void LineRows::number_files(Image& image) {
  std::vector<std::optional<std::uint32_t>> numbers(paths_.size());
  const auto renumber = [&](std::uint32_t& file) {
    auto& number = numbers[file];
    if (!number) {
      number = static_cast<std::uint32_t>(image.files.size());
      image.files.push_back(paths_.path(file));
    }
    file = *number;
  };
  for (ImageLine& line : image.lines) renumber(line.file);
  for (ImageWay& way : image.ways) renumber(way.file);
  for (ImageTerm& term : image.terms) renumber(term.file);
  for (ImageFunction& function : image.functions) renumber(function.file);
}

}  // namespace recount
