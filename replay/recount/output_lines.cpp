#include "replay/recount/output_lines.hpp"

#include <algorithm>
#include <utility>

namespace recount {

void OutputLines::add(const OutputRecord& record, const std::vector<OutputPiece>& pieces) {
  close_before(record.seq);
  const auto at = open_.try_emplace(OutputStream(record)).first;
  at->second.record = record;
  for (const OutputPiece& piece : pieces) add(at->second, piece);
  if (at->second.text.empty() && at->second.left_out == 0) open_.erase(at);
}

void OutputLines::add(Open& open, const OutputPiece& piece) {
  if (piece.left_out != 0 && !open.text.empty()) end_line(open);
  open.left_out += piece.left_out;
  if (piece.text.empty()) return;
  if (open.left_out != 0) take_({open.record, std::exchange(open.left_out, 0), {}});
  std::size_t from = 0;
  for (std::size_t end; (end = piece.text.find('\n', from)) != std::string::npos; from = end + 1) {
    open.text.append(piece.text, from, end - from);
    end_line(open);
  }
  open.text.append(piece.text, from);
  if (open.text.size() >= kLineMax) end_line(open);
}

void OutputLines::end_line(Open& open) {
  for (std::size_t at = 0; at == 0 || at < open.text.size(); at += kLineMax)
    take_({open.record, 0, open.text.substr(at, kLineMax)});
  open.text.clear();
}

// What has ended writes no more.
void OutputLines::close_before(Seq seq) {
  for (auto at = open_.begin(); at != open_.end();) {
    const ProcessRecord* const process = history_.process(at->first.upid);
    const bool has_ended = process && process->end_ns && process->end_seq < seq;
    if (has_ended) close(at->second);
    at = has_ended ? open_.erase(at) : std::next(at);
  }
}

void OutputLines::close(Open& open) {
  if (open.left_out != 0) take_({open.record, open.left_out, {}});
  if (!open.text.empty()) end_line(open);
}

void OutputLines::finish() {
  std::vector<Open*> all;
  for (auto& [stream, open] : open_) all.push_back(&open);
  std::sort(all.begin(), all.end(), [](const Open* a, const Open* b) { return a->record.seq < b->record.seq; });
  for (Open* const open : all) close(*open);
  open_.clear();
}

}  // namespace recount
