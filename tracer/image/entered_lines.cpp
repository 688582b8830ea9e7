#include "tracer/image/entered_lines.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace recount {
namespace {

class EnteredLines {
 public:
  EnteredLines(const EnteredSubject& subject, const std::vector<CodeRow>& rows) : subject_(subject) {
    for (const CodeRow& row : rows) rows_of_[{row.file, row.line}].push_back(&row);
  }

  void follow(std::uint64_t from, std::uint64_t to) {
    const CodeSpan* const span = span_at(subject_.spans, to);
    if (span == nullptr || !span->is_plain || to == span->start || (from >= span->start && from < span->end)) return;
    const auto rows = rows_of_.find({span->file, span->line});
    if (rows == rows_of_.end() || !begins_block(to) || has_begun(rows->second, to)) return;
    if (goes_on_behind(*span) || ends_function(*span, to)) return;
    const auto after =
        std::find_if(rows->second.begin(), rows->second.end(), [to](const CodeRow* row) { return row->address > to; });
    CodeRow row = **(after == rows->second.begin() ? after : std::prev(after));
    row.address = to;
    found_.emplace(to, row);
  }

  std::vector<CodeRow> found() const {
    std::vector<CodeRow> rows;
    for (const auto& [address, row] : found_) rows.push_back(row);
    return rows;
  }

 private:
  bool begins_block(std::uint64_t address) const {
    const std::uint32_t block = subject_.flow.block_at(address);
    return block != ControlFlow::kNone && subject_.flow.blocks()[block].start == address;
  }

  bool has_begun(const std::vector<const CodeRow*>& rows, std::uint64_t address) const {
    const std::uint32_t block = subject_.flow.block_at(address);
    return std::any_of(rows.begin(), rows.end(), [&](const CodeRow* row) {
      const std::uint32_t of_row = subject_.flow.block_at(row->address);
      return of_row != ControlFlow::kNone && subject_.flow.runs_before(of_row, block);
    });
  }

  bool goes_on_behind(const CodeSpan& span) const {
    const std::uint32_t last = subject_.flow.block_at(span.end - 1);
    const std::uint32_t behind = subject_.flow.block_at(span.end);
    if (last == ControlFlow::kNone || behind == ControlFlow::kNone) return false;
    const auto& next = subject_.flow.blocks()[last].next;
    return last == behind || std::find(std::begin(next), std::end(next), behind) != std::end(next);
  }

  bool ends_function(const CodeSpan& span, std::uint64_t from) const {
    return subject_.epilogues.is_epilogue(subject_.code.from(from).first(static_cast<std::size_t>(span.end - from)));
  }

  const EnteredSubject& subject_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const CodeRow*>> rows_of_;
  std::map<std::uint64_t, CodeRow> found_;
};

}  // namespace

std::vector<CodeRow> entered_lines(const EnteredSubject& subject, const std::vector<CodeRow>& rows) {
  EnteredLines lines(subject, rows);
  for (const FlowInstruction& turn : subject.flow.turns())
    if (turn.flow == Flow::branch || turn.flow == Flow::jump) lines.follow(turn.address, turn.target);
  for (const ControlFlow::Switch& table : subject.flow.switches())
    for (const std::uint64_t target : table.targets) lines.follow(table.jump, target);
  return lines.found();
}

}  // namespace recount
