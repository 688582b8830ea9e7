#include "tracer/elf/function_table.hpp"

#include <dwarf.h>

#include <algorithm>
#include <tuple>

namespace recount {
namespace {

constexpr std::uint32_t kDepthMax = 200;  // real code nests a few dozen scopes; damaged data any number

bool is_function(int tag) { return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine; }

// Functions with code stand in these; the rest of the tree (variables, types) is passed over.
bool may_hold_functions(int tag) {
  switch (tag) {
    case DW_TAG_subprogram:
    case DW_TAG_inlined_subroutine:
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_with_stmt:
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_interface_type: return true;
    default: return false;
  }
}

bool says_where(Dwarf_Die* die) {
  return dwarf_hasattr(die, DW_AT_ranges) != 0 || dwarf_hasattr(die, DW_AT_high_pc) != 0;
}

// What the compiler wrote says so in its class. A lambda's operator(), which gcc calls artificial too, says it of itself.
bool is_artificial_member(Dwarf_Die* die) {
  Dwarf_Attribute found;
  return dwarf_hasattr(die, DW_AT_artificial) == 0 && dwarf_attr_integrate(die, DW_AT_artificial, &found) != nullptr &&
         dwarf_attr_integrate(die, DW_AT_linkage_name, &found) != nullptr;
}

}  // namespace

std::optional<std::vector<AddressRange>> ranges_of(Dwarf_Die* die, const CodeBytes& code) {
  if (!says_where(die)) return std::nullopt;
  std::vector<AddressRange> ranges;
  Dwarf_Addr base = 0;
  Dwarf_Addr start = 0;
  Dwarf_Addr end = 0;
  std::ptrdiff_t next = 0;
  while ((next = dwarf_ranges(die, next, &base, &start, &end)) > 0) {
    if (start < end && !code.is_tombstone(start)) ranges.push_back({start, end});
  }
  if (next < 0 && ranges.empty()) return std::nullopt;
  return ranges;
}

void FunctionTable::add_unit(Dwarf_Die* unit) {
  last_offset_ = dwarf_dieoffset(unit);
  walk_children(unit, 0);
}

void FunctionTable::walk_children(Dwarf_Die* parent, std::uint32_t depth) {
  Dwarf_Die die;
  if (depth > kDepthMax || dwarf_child(parent, &die) != 0) return;
  do {
    if (dwarf_dieoffset(&die) <= last_offset_) return;
    last_offset_ = dwarf_dieoffset(&die);
    const int tag = dwarf_tag(&die);
    if (is_function(tag)) add_function(&die, depth);
    if (tag == DW_TAG_label) add_label(&die);
    if (may_hold_functions(tag)) walk_children(&die, depth + 1);
  } while (dwarf_siblingof(&die, &die) == 0);
}

void FunctionTable::add_function(Dwarf_Die* die, std::uint32_t depth) {
  const auto ranges = ranges_of(die, code_);
  if (!ranges || ranges->empty()) return;
  const auto function = static_cast<std::uint32_t>(functions_.size());
  functions_.push_back(*die);
  artificial_.push_back(is_artificial_member(die));
  for (const AddressRange& range : *ranges) intervals_.push_back({range, depth, function});
  // Of the parts of a split function the one that it is entered by comes first.
  if (dwarf_tag(die) == DW_TAG_subprogram) entries_.push_back({ranges->front().start, *die});
}

void FunctionTable::add_label(Dwarf_Die* die) {
  Dwarf_Addr address = 0;
  if (dwarf_lowpc(die, &address) != 0 || code_.is_tombstone(address)) return;
  labels_.push_back({address, *die});
}

void FunctionTable::seal() {
  std::sort(intervals_.begin(), intervals_.end(), [](const Interval& a, const Interval& b) {
    return std::tie(a.range.start, a.depth, a.function) < std::tie(b.range.start, b.depth, b.function);
  });
}

const std::vector<std::uint32_t>& FunctionTable::around(std::uint64_t address) {
  for (; next_interval_ < intervals_.size(); ++next_interval_) {
    const Interval& interval = intervals_[next_interval_];
    if (interval.range.start > address) break;
    if (interval.range.end > address) open_.push_back(interval);
  }
  std::erase_if(open_, [&](const Interval& interval) { return interval.range.end <= address; });
  around_.clear();
  for (const Interval& interval : open_) around_.push_back(interval.function);
  return around_;
}

std::vector<std::uint32_t> FunctionTable::all_around(std::uint64_t address) const {
  std::vector<std::uint32_t> functions;
  for (const Interval& interval : intervals_) {
    if (interval.range.start > address) break;
    if (interval.range.end > address) functions.push_back(interval.function);
  }
  return functions;
}

}  // namespace recount
