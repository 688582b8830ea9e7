#include "replay/recount/failure_output.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "replay/recount/runners.hpp"
#include "replay/recount/said_tests.hpp"
#include "replay/text/terminal_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr std::int64_t kBytesMax = 16 << 20;  // of one failure; of more, the beginning and the end are looked at
constexpr std::size_t kBefore = 2, kBehind = 5, kReport = 30;

bool has_word_of_failure(std::string_view text) {
  constexpr std::string_view kWords[] = {"assert",    "fail",  "error", "panic",    "expect",
                                         "exception", "fatal", "abort", "mismatch", "not ok"};
  const std::string small = lower(std::string(text));
  if (small.find("warning:") != std::string::npos || small.find("note:") != std::string::npos) return false;
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&small](std::string_view word) { return small.find(word) != std::string::npos; });
}

// AddressSanitizer and its kin; UndefinedBehaviorSanitizer names the place at once.
bool begins_report(std::string_view text) {
  const std::size_t name = text.find("Sanitizer: ");
  if (name == std::string_view::npos) return false;
  const std::string_view before = text.substr(0, name);
  return before.find("ERROR: ") != std::string_view::npos || before.find("WARNING: ") != std::string_view::npos;
}

bool tells_of_timeout(std::string_view text) {
  constexpr std::string_view kWords[] = {"imeout", "TIMEOUT", "imed out"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The name of a file that ends at `end`.
std::string_view name_before(std::string_view text, std::size_t end) {
  constexpr std::string_view kOutside = " \t'\"`()[]{}<>,;=|:";
  const std::size_t before = text.find_last_of(kOutside, end == 0 ? 0 : end - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  return start < end ? text.substr(start, end - start) : std::string_view();
}

std::uint32_t number_at(std::string_view text, std::size_t at) {
  std::uint32_t number = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

std::string_view without_dots(std::string_view path) {
  while (path.starts_with("./") || path.starts_with("../")) path.remove_prefix(path.find('/') + 1);
  return path;
}

bool is_end_of(std::string_view name, std::string_view file) {
  if (!file.ends_with(name)) return false;
  return file.size() == name.size() || name.starts_with('/') || file[file.size() - name.size() - 1] == '/';
}

// The first and the last ones, where all are too many to be looked at.
void drop_middle(std::vector<const OutputRecord*>& records) {
  std::int64_t bytes = 0;
  for (const OutputRecord* const record : records) bytes += written_bytes(*record);
  if (bytes <= kBytesMax) return;
  std::size_t first = 0, last = records.size();
  for (std::int64_t left = kBytesMax / 2; first < last && left > 0; ++first) left -= written_bytes(*records[first]);
  for (std::int64_t left = kBytesMax / 2; first < last && left > 0; --last) left -= written_bytes(*records[last - 1]);
  records.erase(records.begin() + static_cast<std::ptrdiff_t>(first),
                records.begin() + static_cast<std::ptrdiff_t>(last));
}

bool is_of_errors(const OutputLine& line) { return line.record.fd == kStandardError; }
bool is_blank(const OutputLine& line) {
  return line.left_out == 0 && line.text.find_first_not_of(" \t") == std::string::npos;
}

// Without the blank lines at its end.
std::vector<OutputLine> last_of(const std::vector<OutputLine>& lines, bool errors, std::size_t most) {
  std::vector<OutputLine> last;
  for (auto line = lines.rbegin(); line != lines.rend() && last.size() < most; ++line)
    if (is_of_errors(*line) == errors && !(last.empty() && is_blank(*line))) last.push_back(*line);
  std::reverse(last.begin(), last.end());
  return last;
}

// meson's line of what failed: "2/2 breaks FAIL            0.32s   exit status 1". Names may have blanks.
std::string name_by_meson(const std::string& line) {
  const std::size_t number = line.find_first_not_of("0123456789/");
  if (number == 0 || number == std::string::npos || line[number] != ' ') return {};
  for (const char* const verdict : {" FAIL ", " ERROR ", " TIMEOUT ", " INTERRUPT ", " UNEXPECTEDPASS "}) {
    const std::size_t end = line.rfind(verdict);
    const std::size_t last = end == std::string::npos ? end : line.find_last_not_of(' ', end);
    if (last != std::string::npos && last > number) return line.substr(number + 1, last - number);
  }
  return {};
}

}  // namespace

FailureOutputs::FailureOutputs(const LogFile& log, const History& history, const Sources& sources)
    : history_(history), texts_(log) {
  for (const OutputRecord& record : history.outputs()) by_process_[raw(record.upid)].push_back(&record);
  if (by_process_.empty()) return;
  for (const std::string& file : sources.files()) files_.emplace(base_name(file), &file);
}

const FailureOutput& FailureOutputs::of(const Failure& failure) {
  const auto [known, fresh] = known_.try_emplace(raw(failure.process->upid));
  FailureOutput& said = known->second;
  if (!fresh || by_process_.empty()) return said;
  std::vector<OutputLine> lines = lines_of(records_of(failure));
  tell_failed_tests(lines, said);
  tell_name(*failure.process, said);
  said.timeout = timeout_after(*failure.process);
  drop_told(*failure.process, lines);
  constexpr std::size_t kAll = FailureOutput::kLines;
  said.output = last_of(lines, false, FailureOutput::kLinesOfOutput);
  said.errors = last_of(lines, true, kAll - said.output.size());
  said.output = last_of(lines, false, kAll - said.errors.size());
  said.has_more = lines.size() > said.errors.size() + said.output.size();
  said.check = check_in(lines);
  return said;
}

void FailureOutputs::tell_failed_tests(const std::vector<OutputLine>& lines, FailureOutput& said) const {
  SaidTests tests;
  for (const OutputLine& line : lines) tests.add(line);
  for (SaidTest& test : tests.all(history_))
    if (test.result == SaidTest::Result::failed)
      said.failed_tests.push_back({std::move(test.name), std::move(test.message)});
}

// meson writes the command line behind that line: ">>> MALLOC_PERTURB_=2 /build/bad".
void FailureOutputs::tell_name(const ProcessRecord& test, FailureOutput& said) {
  const auto above = by_process_.find(raw(test.parent));
  const ExecRecord* const runner = history_.born_with(test);
  if (above == by_process_.end() || !runner || test.execs.empty()) return;
  const CommandLine line(words_of(runner->argv));
  if (line.name() != "meson" || !line.runs_tests()) return;
  const std::string command = argv_text(history_.execs()[test.execs.front()].argv);
  Records later;
  for (const OutputRecord* const record : above->second)
    if (record->seq > test.end_seq) later.push_back(record);
  std::string name;
  for (const OutputLine& written : lines_of(later)) {
    const bool is_command = written.text.starts_with(">>> ") && written.text.ends_with(' ' + command);
    if (is_command && !name.empty()) return said.failed_tests.push_back({name, ""});
    name = name_by_meson(written.text);
  }
}

// A runner says so at once: what it writes after it began or ended with another child may be about that one.
std::int64_t FailureOutputs::next_child_ns(const ProcessRecord& above, std::int64_t after_ns) const {
  std::int64_t next_ns = std::numeric_limits<std::int64_t>::max();
  for (const Upid upid : above.children) {
    const ProcessRecord* const child = history_.process(upid);
    if (child && child->start_ns > after_ns) next_ns = std::min(next_ns, child->start_ns);
    if (child && child->end_ns && *child->end_ns > after_ns) next_ns = std::min(next_ns, *child->end_ns);
  }
  return next_ns;
}

std::optional<OutputLine> FailureOutputs::timeout_after(const ProcessRecord& killed) {
  const bool is_killed = killed.status.signaled() && killed.status.term_signal() == signals::kKill;
  if (!is_killed || killed.ended_by != EndedBy::others) return std::nullopt;
  for (const ProcessRecord* above = history_.process(killed.parent); above; above = history_.process(above->parent)) {
    const auto own = by_process_.find(raw(above->upid));
    Records later;
    const std::int64_t until_ns = next_child_ns(*above, *killed.end_ns);
    if (own != by_process_.end())
      for (const OutputRecord* const record : own->second)
        if (record->seq > killed.end_seq && record->time_ns < until_ns) later.push_back(record);
    for (const OutputLine& line : lines_of(later))
      if (tells_of_timeout(line.text)) return line;
    if (above->parent >= above->upid) break;  // a file may say so
  }
  return std::nullopt;
}

// A process that fails while it passes on says why after its child.
FailureOutputs::Records FailureOutputs::records_of(const Failure& failure) const {
  Records records;
  if (failure.passed_on) {
    const auto own = by_process_.find(raw(failure.process->upid));
    if (own == by_process_.end()) return records;
    for (const OutputRecord* const record : own->second)
      if (record->seq > failure.passed_on->end_seq) records.push_back(record);
    return records;
  }
  add_records(*failure.process, Of::process, records);
  return records;
}

// A child is younger than its parent, so this ends, whatever a log says.
void FailureOutputs::add_records(const ProcessRecord& process, Of of, Records& records) const {
  std::vector<std::pair<const ProcessRecord*, bool>> left{
      {&process, false}};  // and whether it is beneath one that failed
  while (!left.empty()) {
    const auto [at, is_told] = left.back();
    left.pop_back();
    const auto own = by_process_.find(raw(at->upid));
    if (own != by_process_.end() && is_told == (of == Of::failed_children))
      records.insert(records.end(), own->second.begin(), own->second.end());
    for (const Upid upid : at->children) {
      const ProcessRecord* const child = history_.process(upid);
      const bool is_wanted = child && child->upid > at->upid && (of == Of::failed_children || !child->failed());
      if (is_wanted) left.emplace_back(child, is_told || child->failed());
    }
  }
  std::sort(records.begin(), records.end(),
            [](const OutputRecord* a, const OutputRecord* b) { return a->seq < b->seq; });
  drop_middle(records);
}

// Runners repeat what their tests wrote.
void FailureOutputs::drop_told(const ProcessRecord& process, std::vector<OutputLine>& lines) {
  Records records;
  if (!lines.empty()) add_records(process, Of::failed_children, records);
  std::unordered_set<std::string> told;
  for (const OutputLine& line : lines_of(records))
    if (!is_blank(line)) told.insert(line.text);
  std::erase_if(lines, [&told](const OutputLine& line) { return line.left_out == 0 && told.contains(line.text); });
}

std::vector<OutputLine> FailureOutputs::lines_of(const Records& records) {
  std::vector<OutputLine> all;
  OutputLines lines(history_, [&all](const OutputLine& line) {
    all.push_back(line);
    all.back().text = shown_line(line.text);
  });
  for (const OutputRecord* const record : records) lines.add(*record, texts_.of(*record));
  lines.finish();
  return all;
}

// --- the check that failed -------------------------------------------------------------------------------------------

std::optional<FailedCheck> FailureOutputs::check_in(const std::vector<OutputLine>& lines) const {
  std::map<OutputStream, std::vector<const OutputLine*>> streams;
  for (const OutputLine& line : lines) streams[OutputStream(line.record)].push_back(&line);
  std::optional<FailedCheck> first;
  for (const auto& [stream, of_stream] : streams) {
    auto check = check_of(of_stream);
    if (check && (!first || check->seq() < first->seq())) first = std::move(check);
  }
  return first;
}

std::optional<FailedCheck> FailureOutputs::check_of(const std::vector<const OutputLine*>& stream) const {
  for (std::size_t at = 0; at < stream.size(); ++at) {
    if (begins_report(stream[at]->text))
      if (auto check = reported(stream, at)) return check;
    FailedCheck check;
    if (!find_place(stream[at]->text, check)) continue;
    const std::size_t first = at - std::min(at, kBefore), end = std::min(stream.size(), at + 1 + kBehind);
    const std::size_t near = std::min(stream.size(), at + 2);
    const auto says_so = [&stream](std::size_t line) { return has_word_of_failure(stream[line]->text); };
    bool failed = false;
    for (std::size_t line = first; line < near; ++line) failed = failed || says_so(line);
    if (!failed) continue;
    for (std::size_t line = first; line < end; ++line)
      if (!check.around.empty() || !is_blank(*stream[line])) check.around.push_back(*stream[line]);
    check.at = check.head = check.around.size() - (end - at);
    return check;
  }
  return std::nullopt;
}

std::optional<FailedCheck> FailureOutputs::reported(const std::vector<const OutputLine*>& stream,
                                                    std::size_t head) const {
  const std::size_t last = std::min(stream.size(), head + kReport);
  for (std::size_t at = head + 1; at < last && !begins_report(stream[at]->text); ++at) {
    FailedCheck check;
    if (!find_place(stream[at]->text, check)) continue;
    for (std::size_t line = head; line < std::min(stream.size(), at + 1 + kBehind); ++line)
      check.around.push_back(*stream[line]);
    check.at = at - head;
    return check;
  }
  return std::nullopt;
}

// "parser.c:7" or "parser.c(7)".
bool FailureOutputs::find_place(const std::string& text, FailedCheck& check) const {
  for (std::size_t at = 0; (at = text.find_first_of(":(", at)) != std::string::npos; ++at) {
    if (at + 1 == text.size() || !is_digit(text[at + 1])) continue;
    const std::string* const file = file_called(name_before(text, at));
    if (!file) continue;
    check.file = *file;
    check.line = number_at(text, at + 1);
    return check.line != 0;
  }
  return false;
}

// A path that began in another folder is one of the log's all the same if only one file there is called so.
const std::string* FailureOutputs::file_called(std::string_view name) const {
  const std::string_view path = without_dots(name);
  const auto [begin, end] = files_.equal_range(base_name(std::string(path)));
  for (auto file = begin; file != end; ++file)
    if (is_end_of(path, *file->second)) return file->second;
  const bool is_one = begin != end && std::next(begin) == end;
  return is_one && !path.starts_with('/') ? begin->second : nullptr;
}

}  // namespace recount
