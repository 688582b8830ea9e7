#include "replay/page/report_output.hpp"

#include <algorithm>
#include <utility>

#include "replay/text/terminal_text.hpp"

namespace recount {
namespace {

using Sizes = std::map<OutputStream, std::int64_t>;

// So much of each stream that all together have no more than `most`.
std::int64_t share_of(const Sizes& sizes, std::int64_t most) {
  std::vector<std::int64_t> ascending;
  for (const auto& [stream, size] : sizes) ascending.push_back(size);
  std::sort(ascending.begin(), ascending.end());
  auto left = static_cast<std::int64_t>(ascending.size());
  for (const std::int64_t size : ascending) {
    if (size > most / left) return most / left;
    most -= size, --left;
  }
  return ascending.empty() ? 0 : ascending.back();
}

// Both ends of each stream.
class Ends {
 public:
  Ends(Sizes sizes, std::int64_t share) : sizes_(std::move(sizes)), half_(share / 2), whole_(share) {}

  std::vector<OutputPiece> of(const OutputRecord& record, std::vector<OutputPiece> pieces) {
    const std::int64_t size = sizes_[OutputStream(record)];
    if (size <= whole_) return pieces;
    std::vector<OutputPiece> kept;
    for (OutputPiece& piece : pieces) add(piece, at_[OutputStream(record)], size - half_, kept);
    return kept;
  }

 private:
  void add(OutputPiece& piece, std::int64_t& at, std::int64_t last, std::vector<OutputPiece>& kept) const {
    const auto size = static_cast<std::int64_t>(piece.text.size());
    const auto head = static_cast<std::size_t>(std::clamp<std::int64_t>(half_ - at, 0, size));
    const auto tail = std::max(head, static_cast<std::size_t>(std::clamp<std::int64_t>(last - at, 0, size)));
    at += size;
    kept.push_back({piece.left_out, piece.text.substr(0, head)});
    if (head != piece.text.size()) kept.push_back({static_cast<std::int64_t>(tail - head), piece.text.substr(tail)});
  }

  Sizes sizes_, at_;
  std::int64_t half_, whole_;
};

void drop_middle(std::vector<OutputLine>& lines, std::size_t most) {
  if (lines.size() <= most) return;
  const auto first = lines.begin() + static_cast<std::ptrdiff_t>(most / 2);
  const auto last = lines.end() - static_cast<std::ptrdiff_t>(most / 2);
  for (auto line = first + 1; line != last; ++line)
    first->left_out += line->left_out + static_cast<std::int64_t>(line->text.size()) + 1;
  first->left_out += static_cast<std::int64_t>(std::exchange(first->text, {}).size()) + 1;
  lines.erase(first + 1, last);
}

}  // namespace

std::vector<OutputLine> kept_output(const LogFile& log, const History& history, std::int64_t bytes_max,
                                    std::size_t lines_max) {
  OutputText texts(log);
  Sizes sizes;
  for (const OutputRecord& record : history.outputs()) sizes[OutputStream(record)] += texts.kept_bytes(record);
  const std::int64_t share = share_of(sizes, bytes_max);
  Ends ends(std::move(sizes), share);
  std::vector<OutputLine> kept;
  OutputLines lines(history, [&kept](const OutputLine& line) {
    kept.push_back(line);
    kept.back().text = shown_line(line.text);
  });
  for (const OutputRecord& record : history.outputs()) lines.add(record, ends.of(record, texts.of(record)));
  lines.finish();
  drop_middle(kept, lines_max);
  return kept;
}

}  // namespace recount
