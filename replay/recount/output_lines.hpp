// What processes wrote as lines: each stream's writes, joined and cut at the line ends.
//
//   OutputLines lines(history, [](const OutputLine& line) { ... });
//   for (const OutputRecord& record : history.outputs()) lines.add(record, texts.of(record));
//   lines.finish();
//
// A line comes when it ends, so that lines of several processes come in the order in which a terminal would have shown them whole. One
// without an end comes when its process has ended. A line of over kLineMax bytes comes in several.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "replay/recount/output_text.hpp"

namespace recount {

struct OutputLine {
  OutputRecord record;        // the write that ended it
  std::int64_t left_out = 0;  // not 0: the log lacks so many bytes here, and there is no text
  std::string text;           // as it is, without its line end
};

class OutputLines {
 public:
  static constexpr std::size_t kLineMax = 1 << 16;
  using Take = std::function<void(const OutputLine&)>;

  OutputLines(const History& history, Take take) : history_(history), take_(std::move(take)) {}
  void add(const OutputRecord& record, const std::vector<OutputPiece>& pieces);
  void finish();

 private:
  struct Open {
    OutputRecord record;  // its last write
    std::int64_t left_out = 0;
    std::string text;
  };
  void add(Open& open, const OutputPiece& piece);
  void end_line(Open& open);
  void close_before(Seq seq);
  void close(Open& open);

  const History& history_;
  Take take_;
  std::map<OutputStream, Open> open_;
};

}  // namespace recount
