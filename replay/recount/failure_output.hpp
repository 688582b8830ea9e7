// What a failed process said: its last lines, and the first that looks like a failed check.
//
//   FailureOutputs outputs(log, history, sources);
//   const FailureOutput& said = outputs.of(failure);
//
// It is what the process and its descendants wrote, but for those that failed themselves: they tell of their own, and their lines are not
// told again where the process repeats them. Of a process that only passes on an end it is what it wrote since.
//
// A line looks like a failed check if it names a line of a source of the log ("parser.c:7", "parser.c(7)"), and if it, one of the two
// lines before it or the one behind it has a word of failure. So a program that names a place in each line of its log is
// not taken at its first.
//
// What a sanitizer reports it begins with a line of its own ("==7==ERROR: AddressSanitizer: heap-use-after-free on ..."). The line of the
// log's sources that comes first behind that is where it was, however many frames of libraries stand between.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "replay/log/sources.hpp"
#include "replay/recount/failures.hpp"
#include "replay/recount/output_lines.hpp"

namespace recount {

struct FailedCheck {
  std::string file;  // as the log names it
  std::uint32_t line = 0;
  std::vector<OutputLine> around;  // of the same stream
  std::size_t at = 0;              // which of them names the line
  std::size_t head = 0;  // and which begins to tell of it: of a sanitizer's report its first line, else the same
  const OutputLine& message() const { return around[head]; }
  Seq seq() const { return around[at].record.seq; }
};

struct FailureOutput {
  static constexpr std::size_t kLines = 20;         // of both together
  static constexpr std::size_t kLinesOfOutput = 5;  // of these are for standard output, if it has so many
  std::vector<OutputLine> errors, output;           // the last lines of the two
  bool has_more = false;                            // before them
  std::optional<FailedCheck> check;
  struct FailedTest {
    std::string name, message;  // "": nobody says why
  };
  std::vector<FailedTest>
      failed_tests;  // by what their framework or runner wrote (said_tests.hpp; meson), the first that failed first

  std::optional<OutputLine>
      timeout;  // of what SIGKILL ended: the first line about a time-out that a process above it wrote then

  bool is_empty() const { return errors.empty() && output.empty(); }
};

class FailureOutputs {
 public:
  FailureOutputs(const LogFile& log, const History& history, const Sources& sources);  // which must stay
  const FailureOutput& of(const Failure& failure);

 private:
  using Records = std::vector<const OutputRecord*>;
  Records records_of(const Failure& failure) const;
  enum class Of : std::uint8_t { process, failed_children };
  void add_records(const ProcessRecord& process, Of of, Records& records) const;
  void tell_failed_tests(const std::vector<OutputLine>& lines, FailureOutput& said) const;
  void tell_name(const ProcessRecord& test, FailureOutput& said);
  std::int64_t next_child_ns(const ProcessRecord& above, std::int64_t after_ns) const;
  std::optional<OutputLine> timeout_after(const ProcessRecord& killed);
  void drop_told(const ProcessRecord& process, std::vector<OutputLine>& lines);
  std::vector<OutputLine> lines_of(const Records& records);
  std::optional<FailedCheck> check_in(const std::vector<OutputLine>& lines) const;
  std::optional<FailedCheck> check_of(const std::vector<const OutputLine*>& stream) const;
  std::optional<FailedCheck> reported(const std::vector<const OutputLine*>& stream, std::size_t head) const;
  bool find_place(const std::string& text, FailedCheck& check) const;
  const std::string* file_called(std::string_view name) const;

  const History& history_;
  OutputText texts_;
  std::unordered_map<std::uint32_t, Records> by_process_;
  std::unordered_multimap<std::string, const std::string*> files_;  // by their names without folders
  std::unordered_map<std::uint32_t, FailureOutput> known_;
};

}  // namespace recount
