// What programs wrote to standard output and standard error: the bytes that the log has of each write.
//
//   OutputText texts(log);
//   for (const OutputRecord& record : history.outputs())
//     for (const OutputPiece& piece : texts.of(record)) ...
//
// Of a stream that is longer than --output-limit the log has the beginning and the end. What is missing is counted: the left_out
// of all pieces and the sizes of their texts are together what was written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct OutputPiece {
  std::int64_t left_out = 0;  // bytes before `text` that the log does not have
  std::string text;
};

class OutputText {
 public:
  explicit OutputText(const LogFile& log);  // which must stay
  // One piece; two where the middle of a write is missing.
  std::vector<OutputPiece> of(const OutputRecord& record);
  std::int64_t kept_bytes(const OutputRecord& record);  // of the texts

 private:
  std::unique_ptr<Statement> row_, size_;  // null: a log of an older minor version
};

// Why a log has no output at all, and what to do about it; none if it could have some.
std::optional<std::string> why_no_output(const LogFile& log);

// Of the write, whatever a log says: write(2) takes no more than 2 GiB at once, so that sums of it are numbers.
std::int64_t written_bytes(const OutputRecord& record);

// What stands for bytes that the log does not have: "... 12 bytes left out ...".
std::string left_out_text(std::int64_t bytes);

// "standard output" or "standard error".
const char* stream_name(int fd);
inline constexpr int kStandardError = 2;

// What one process writes to one descriptor.
struct OutputStream {
  Upid upid{};
  int fd = 0;
  explicit OutputStream(const OutputRecord& record) : upid(record.upid), fd(record.fd) {}
  friend auto operator<=>(const OutputStream&, const OutputStream&) = default;
};

// Pieces whose characters are whole: two writes may share one.
//
//   piece = whole.take(record, piece);  ...  for (const auto& [stream, rest] : whole.rests()) ...
class WholeCharacters {
 public:
  OutputPiece take(const OutputRecord& record, OutputPiece piece);
  const std::map<OutputStream, std::string>& rests() const noexcept {
    return rests_;
  }  // each the beginning of a character

 private:
  std::map<OutputStream, std::string> rests_;
};

}  // namespace recount
