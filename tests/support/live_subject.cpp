#include "tests/support/live_subject.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

// What they write is not seen.
bool is_of_32_bits(const std::string& build) { return build.starts_with("m32"); }
bool is_optimized(const std::string& build) { return build.ends_with("O2"); }

void check_expectations(const Subject& subject, const std::string& log) {
  if (subject.expectations == Expectations::kAreForOtherArguments) return;
  check_nothing(check_expected_hits(log, subject.source));
  for (const auto& source : subject.other_sources) check_nothing(check_expected_hits(log, source));
}

// A program may race with itself: then one run reaches other lines than the next, in the same mode. What a mode gets wrong, it
// gets wrong each time.
Complaints compare_modes(const Subject& subject, const std::string& build, const Ending& untraced) {
  const std::vector<std::string> command = command_line(subject, build);
  constexpr int kTries = 10;
  Complaints complaints;
  for (int i = 0; i < kTries; i++) {
    const TemporaryFolder folder;
    const std::string by_line = folder.file("line.db"), by_block = folder.file("block.db");
    check_same_behaviour(record(by_line, command, subject.input, {"--probes=line"}), untraced);
    const Ending with_output = record(by_block, command, subject.input, {"--probes=block", "--output=all"});
    check_same_behaviour(with_output, untraced);
    complaints = check_same_lines(by_line, by_block);
    const std::string by_flags = folder.file("flags.db");
    check_same_behaviour(record(by_flags, command, subject.input, {"--hits=flags"}), untraced);
    check_nothing(check_log(by_flags, untraced));
    check_nothing(check_views_equal_replay(by_flags));
    const Complaints of_flags = check_same_lines(by_block, by_flags);
    complaints.insert(complaints.end(), of_flags.begin(), of_flags.end());
    if (subject.output_comes_out && !is_of_32_bits(build)) {
      const Complaints of_output = check_output(by_block, with_output);
      complaints.insert(complaints.end(), of_output.begin(), of_output.end());
    }
    if (complaints.empty()) break;
  }
  return complaints;
}

void check_once(const Subject& subject, const std::string& build) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  INFO("log: " << log);
  const auto command = command_line(subject, build);
  const Ending untraced = run({.arguments = command, .input = subject.input});
  const Ending traced = record(log, command, subject.input);
  check_same_behaviour(traced, untraced);
  check_nothing(check_log(log, untraced));
  check_nothing(check_views_equal_replay(log));
  check_nothing(check_reports_agree(log));
  check_nothing(check_probed_lines(log, program(subject.name(), build), subject.source));
  if (subject.is_repeatable) check_nothing(compare_modes(subject, build, untraced));
  if (was_skipped(untraced))
    WARN(subject.name() << ": " << untraced.output);
  else if (!is_optimized(build))
    check_expectations(subject, log);
}

}  // namespace

std::string program(const std::string& name, const std::string& build) {
  return std::string(RECOUNT_PROGRAMS) + "/" + name + "-" + build;
}

std::vector<std::string> command_line(const Subject& subject, const std::string& build) {
  if (subject.command.empty()) return {program(subject.name(), build)};
  std::vector<std::string> words = subject.command;
  for (auto& word : words) {
    if (word.front() == '@') word = program(word.substr(1), build);
  }
  return words;
}

int repeats() {
  const char* wanted = std::getenv("RECOUNT_TEST_REPEAT");
  return wanted == nullptr ? 1 : std::stoi(wanted);
}

void check_same_behaviour(const Ending& traced, const Ending& untraced) {
  REQUIRE_FALSE(untraced.timed_out);
  REQUIRE_FALSE(traced.timed_out);
  CHECK(traced.output == untraced.output);
  CHECK(traced.errors == untraced.errors);
  CHECK(traced.status() == untraced.status());
  CHECK(traced.signal == 0);
  CHECK(traced.left_running == 0);
}

// play.h's skip(): the same untraced and recorded, but there is nothing more to see.
bool was_skipped(const Ending& untraced) {
  constexpr int kSkipped = 77;
  return untraced.exit_code == kSkipped && untraced.output.rfind("skipped: ", 0) == 0;
}

void check_nothing(const Complaints& complaints) {
  INFO(joined(complaints));
  CHECK(complaints.empty());
}

void check(const Subject& subject, const std::string& build) {
  std::string title = subject.name() + "-" + build;
  for (std::size_t word = 1; word < subject.command.size(); word++) title += " " + subject.command[word];
  DYNAMIC_SECTION(title) {
    for (int i = 0; i < repeats(); i++) check_once(subject, build);
  }
}

void check_all(const std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    check(subject, "O0");
    check(subject, "O2");
  }
}

std::vector<Subject> flow_programs() {
  return {{"flow_classes.cpp"}, {"flow_exceptions.cpp"}, {"flow_labels.c"}, {"flow_loops.c"},
          {"flow_mixed.cpp"},   {"flow_stl.cpp"},        {"flow_switch.c"}, {"flow_templates.cpp"}};
}

}  // namespace recount::test
