// output: what the programs wrote to standard output and standard error, as it was.
#include <regex.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "replay/command/command.hpp"
#include "replay/coverage/selection.hpp"
#include "replay/recount/output_lines.hpp"
#include "replay/text/json_text.hpp"
#include "replay/text/terminal_text.hpp"

namespace recount {
namespace {

void say(const LogFile& log, const std::string& message) {
  std::cerr << "recount-replay: " << visible(log.path() + ": " + message) << '\n';
}

// An extended regular expression of POSIX, as grep -E takes it.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    const int error = regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
    if (error == 0) return;
    std::array<char, 200> reason{};
    regerror(error, &compiled_, reason.data(), reason.size());
    throw UsageError("--grep " + text + ": " + reason.data());
  }
  ~Pattern() { regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  bool is_in(const std::string& line) const {
    regmatch_t range{0, static_cast<regoff_t>(line.size())};
    return regexec(&compiled_, line.c_str(), 1, &range, REG_STARTEND) == 0;
  }

 private:
  regex_t compiled_{};
};

// Which writes are asked for.
class OutputFilter {
 public:
  OutputFilter(const LogFile& log, const ParsedOptions& options) : selection_(selection_of(log, options)) {
    if (options.count("process")) process_ = id_option(options, "process");
    if (options.count("pid")) pid_ = id_option(options, "pid");
    const bool out = options.count("stdout") != 0, err = options.count("stderr") != 0;
    if (out != err) fd_ = err ? kStandardError : 1;
  }

  Seq until() const { return selection_.until; }
  bool wants(const History& history, const OutputRecord& record) const {
    return (!fd_ || (record.fd == kStandardError) == (*fd_ == kStandardError)) &&
           (!selection_.threads || selection_.threads->contains(raw(record.utid))) &&
           is_of_process(history, record.upid);
  }
  // A process that wrote nothing is none that is not there.
  void check(const History& history) const {
    if (!process_ && !pid_) return;
    for (const ProcessRecord& process : history.processes())
      if (is_of_process(history, process.upid)) return;
    throw UsageError(process_ ? "there is no process " + std::to_string(*process_)
                              : "no process had the pid " + std::to_string(*pid_));
  }
  bool is_of_process(const History& history, Upid upid) const {
    if (process_ && raw(upid) != *process_) return false;
    const ProcessRecord* const process = history.process(upid);
    return !pid_ || (process && static_cast<std::uint32_t>(raw(process->pid)) == *pid_);
  }

 private:
  Selection selection_;
  std::optional<std::uint32_t> process_, pid_;
  std::optional<int> fd_;
};

// --- text ------------------------------------------------------------------------------------------------------------

// Bytes as they are, or for a terminal.
class Printer {
 public:
  Printer(const Request& request, const History& history)
      : out_(request.out()),
        for_terminal_(terminal().is_there && request.options.count("output") == 0),
        with_time_(request.options.count("timestamps") != 0),
        merged_(request.log.merged()),
        log_(request.log),
        history_(history) {}

  void write(const OutputRecord& record, const OutputPiece& piece) {
    std::int64_t& left_out = left_out_[OutputStream(record)];
    left_out += piece.left_out;
    if (piece.text.empty()) return;
    begin_run(record);
    if (left_out != 0) write_line(left_out_text(std::exchange(left_out, 0)));
    const OutputPiece shown = for_terminal_ ? whole_.take(record, piece) : piece;
    out_ << safe(shown.text);
    if (!shown.text.empty()) at_line_start_ = shown.text.back() == '\n';
  }

  void write(const OutputLine& line) {
    begin_run(line.record);
    write_line((with_time_ ? head_of(line.record) : "") +
               (line.left_out ? left_out_text(line.left_out) : safe(line.text)));
  }

  // What a process wrote last may be missing as well.
  void end() {
    std::int64_t bytes = 0;
    for (const auto& [stream, left_out] : left_out_) bytes += left_out;
    if (bytes != 0) write_line(left_out_text(bytes));
    for (const auto& [stream, rest] : whole_.rests()) out_ << safe(rest);
  }

 private:
  std::string safe(const std::string& text) const {
    return for_terminal_ ? visible_in_lines(without_colours(text)) : text;
  }

  void write_line(const std::string& text) {
    out_ << (at_line_start_ ? "" : "\n") << text << '\n';
    at_line_start_ = true;
  }

  std::string head_of(const OutputRecord& record) const {
    const ProcessRecord* const process = history_.process(record.upid);
    std::array<char, 80> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%12.6f  pid %-7d %s  ", static_cast<double>(record.time_ns) / 1e9,
                  process ? static_cast<int>(raw(process->pid)) : 0, record.fd == kStandardError ? "stderr" : "stdout");
    return buffer.data();
  }

  void begin_run(const OutputRecord& record) {
    if (!merged_) return;
    const RunRecord& run = log_.run_at(record.seq);
    if (&run == run_) return;
    run_ = &run;
    write_line("==> " + shell_quoted(words_of(run.argv)) + ", " + visible(run.uuid) + " <==");
  }

  std::ostream& out_;
  bool for_terminal_, with_time_, merged_;
  const LogFile& log_;
  const History& history_;
  const RunRecord* run_ = nullptr;
  bool at_line_start_ = true;
  std::map<OutputStream, std::int64_t> left_out_;
  WholeCharacters whole_;
};

// --- JSON ------------------------------------------------------------------------------------------------------------

class JsonPrinter {
 public:
  JsonPrinter(const Request& request, const History& history)
      : out_(request.out()), log_(request.log), history_(history) {}

  void write(const OutputRecord& record, const OutputPiece& piece) {
    const ProcessRecord* const process = history_.process(record.upid);
    Json json;
    if (log_.merged()) json["run_uuid"] = log_.run_at(record.seq).uuid;
    json["seq"] = record.seq;
    json["time_ns"] = record.time_ns;
    json["upid"] = raw(record.upid);
    json["pid"] = process ? Json(raw(process->pid)) : Json(nullptr);
    json["utid"] = raw(record.utid);
    json["fd"] = record.fd;
    json["left_out"] = piece.left_out;
    json["text"] = piece.text;
    out_ << before_ << json_document(json);
    before_ = ",\n";
  }

  void end() { out_ << (*before_ == '[' ? "[]\n" : "\n]\n"); }

 private:
  std::ostream& out_;
  const LogFile& log_;
  const History& history_;
  const char* before_ = "[\n";
};

// Two writes may share a character; it comes with the second.
void write_records_as_json(const Request& request, const History& history,
                           const std::vector<const OutputRecord*>& records, OutputText& texts) {
  JsonPrinter printer(request, history);
  WholeCharacters whole;
  std::map<OutputStream, const OutputRecord*> last;
  for (const OutputRecord* const record : records) {
    last[OutputStream(*record)] = record;
    for (OutputPiece& piece : texts.of(*record)) printer.write(*record, whole.take(*record, std::move(piece)));
  }
  for (const auto& [stream, rest] : whole.rests())
    if (!rest.empty()) printer.write(*last.at(stream), {0, rest});
  printer.end();
}

// How many lines there were; of what is printed as it was, one if there was anything.
std::size_t write_lines(const Request& request, const History& history, OutputText& texts,
                        const std::vector<const OutputRecord*>& records) {
  std::optional<Pattern> pattern;
  if (request.options.count("grep")) pattern.emplace(request.options.text("grep"));
  Printer printer(request, history);
  std::size_t written = 0;
  const bool as_json = request.json();
  JsonPrinter json(request, history);
  OutputLines lines(history, [&](const OutputLine& line) {
    if (pattern && (line.left_out != 0 || !pattern->is_in(shown_line(line.text)))) return;
    ++written;
    as_json ? json.write(line.record, {line.left_out, line.text}) : printer.write(line);
  });
  for (const OutputRecord* const record : records) lines.add(*record, texts.of(*record));
  lines.finish();
  if (as_json) json.end();
  return written;
}

void write_as_it_was(const Request& request, const History& history, OutputText& texts,
                     const std::vector<const OutputRecord*>& records) {
  Printer printer(request, history);
  for (const OutputRecord* const record : records)
    for (const OutputPiece& piece : texts.of(*record)) printer.write(*record, piece);
  printer.end();
}

// --- what is not there -----------------------------------------------------------------------------------------------

void warn_of_unseen(const LogFile& log, const History& history) {
  std::size_t unseen = 0;
  for (const ProcessRecord& process : history.processes()) unseen += process.let_go || process.not_followed;
  if (unseen != 0)
    say(log, "what " + count_text(unseen, "process") + " wrote after the recorder let go of " +
                 (unseen == 1 ? "it" : "them") + " is not in the log");
}

int write_output(const Request& request, const History& history, const std::vector<const OutputRecord*>& records) {
  OutputText texts(request.log);
  if (request.options.count("grep")) return write_lines(request, history, texts, records) == 0 ? kNo : kYes;
  if (request.json())
    write_records_as_json(request, history, records, texts);
  else if (request.options.count("timestamps"))
    write_lines(request, history, texts, records);
  else
    write_as_it_was(request, history, texts, records);
  if (records.empty()) say(request.log, "nothing was written, as far as the recorder can see");
  return kYes;
}

}  // namespace

void add_output_options(OptionTable& options) {
  options.add_options()("process", "only what this process wrote", text_value(), "UPID")(
      "pid", "only what processes of this number wrote", text_value(), "PID");
  add_selection_options(options, "wrote");
  options.add_options()("stdout", "only standard output")("stderr", "only standard error")(
      "grep", "only lines that match this extended regular expression; exits with 1 if there are none", text_value(),
      "REGEX")("timestamps", "before each line the seconds since the start, who wrote it, and to which of the two");
}

int run_output(const Request& request) {
  if (const auto why = why_no_output(request.log)) {
    if (request.json()) request.out() << "[]\n";
    say(request.log, "there is no output in it: " + *why);
    return kNo;
  }
  const OutputFilter filter(request.log, request.options);
  History history(request.log);
  const Verdict verdict = Recount(request.log).run(&history, filter.until());
  filter.check(history);
  std::vector<const OutputRecord*> records;
  for (const OutputRecord& record : history.outputs())
    if (filter.wants(history, record)) records.push_back(&record);
  const int status = write_output(request, history, records);
  warn_of_unseen(request.log, history);
  warn_of_divergence(request, verdict);
  return status;
}

}  // namespace recount
