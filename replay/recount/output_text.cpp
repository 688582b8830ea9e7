#include "replay/recount/output_text.hpp"

#include <algorithm>

#include "replay/text/terminal_text.hpp"

namespace recount {
namespace {

constexpr std::int64_t kFirstMinor = 10;  // of a schema with trace_output

bool has_rows(const LogFile& log, const std::string& from) {
  return Statement(log.database(), "SELECT 1 FROM " + from + " LIMIT 1").step();
}

bool is_older(const RunRecord& run) { return run.schema_minor < kFirstMinor; }

}  // namespace

OutputText::OutputText(const LogFile& log) {
  if (!has_table(log.database(), "trace_output")) return;
  row_ = std::make_unique<Statement>(log.database(), "SELECT head, data FROM trace_output WHERE seq = ?");
  size_ = std::make_unique<Statement>(log.database(), "SELECT length(data) FROM trace_output WHERE seq = ?");
}

std::int64_t OutputText::kept_bytes(const OutputRecord& record) {
  if (!size_) return 0;
  size_->bind(1, static_cast<std::int64_t>(record.seq));
  const std::int64_t bytes = size_->step() ? size_->integer(0) : 0;
  size_->reset();
  return bytes;
}

std::vector<OutputPiece> OutputText::of(const OutputRecord& record) {
  std::string data;
  std::int64_t head = 0;
  if (row_) {
    row_->bind(1, static_cast<std::int64_t>(record.seq));
    if (row_->step()) head = row_->integer(0), data = row_->text(1);
    row_->reset();
  }
  const auto size = static_cast<std::int64_t>(data.size());
  const std::int64_t left_out = std::max<std::int64_t>(written_bytes(record) - size, 0);
  if (left_out == 0) return {{0, std::move(data)}};
  const auto first = static_cast<std::size_t>(std::clamp<std::int64_t>(head, 0, size));
  if (first == 0) return {{left_out, std::move(data)}};
  return {{0, data.substr(0, first)}, {left_out, data.substr(first)}};
}

std::optional<std::string> why_no_output(const LogFile& log) {
  const auto& runs = log.runs();
  const Database& database = log.database();
  if (!has_table(database, "trace_output") || std::all_of(runs.begin(), runs.end(), is_older))
    return "it was recorded by an older recount-record, which kept no output; record the run again";
  const bool is_watched = has_table(database, "trace_watch") && has_rows(log, "trace_watch WHERE kind IN (7, 8)");
  if (is_watched || keeps_output(log) || has_rows(log, "trace_output")) return std::nullopt;
  return "it was recorded without --output all; record the run again with it";
}

std::int64_t written_bytes(const OutputRecord& record) {
  return std::clamp<std::int64_t>(record.bytes, 0, std::int64_t{1} << 31);
}

std::string left_out_text(std::int64_t bytes) { return "... " + std::to_string(bytes) + " bytes left out ..."; }

const char* stream_name(int fd) { return fd == kStandardError ? "standard error" : "standard output"; }

OutputPiece WholeCharacters::take(const OutputRecord& record, OutputPiece piece) {
  std::string& rest = rests_[OutputStream(record)];
  std::string text = std::move(rest) + piece.text;
  const std::size_t incomplete = incomplete_bytes(text);
  rest = text.substr(text.size() - incomplete);
  text.resize(text.size() - incomplete);
  return {piece.left_out, std::move(text)};
}

}  // namespace recount
