#include "replay/reports/said_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

namespace recount {
namespace {

constexpr std::size_t kWidth = 200;        // of a line
constexpr std::size_t kNameWidth = 60;     // of a function
constexpr std::ptrdiff_t kShortLines = 3;  // in_short()
constexpr std::size_t kJsonWidth = 4096;   // bytes of a line
constexpr std::size_t kShownTests = 5;
constexpr const char *kMark = "> ", *kNoMark = "  ";  // whether it is the line of the check

bool are_of_one(const std::vector<OutputLine>& lines) {
  return std::all_of(lines.begin(), lines.end(),
                     [&lines](const OutputLine& line) { return line.record.upid == lines.front().record.upid; });
}

// Of what diff -u says, from its first change on; of anything else the end.
std::vector<OutputLine> short_of(const std::vector<OutputLine>& lines) {
  const auto hunk =
      std::find_if(lines.begin(), lines.end(), [](const OutputLine& line) { return line.text.starts_with("@@ "); });
  const auto changed = std::find_if(hunk, lines.end(), [](const OutputLine& line) {
    return line.text.starts_with('-') || line.text.starts_with('+');
  });
  const auto first =
      changed != lines.end() ? changed : lines.end() - std::min<std::ptrdiff_t>(std::ssize(lines), kShortLines);
  return {first, first + std::min<std::ptrdiff_t>(lines.end() - first, kShortLines)};
}

}  // namespace

std::string SaidText::shown(const OutputLine& line) const {
  if (line.left_out != 0) return left_out_text(line.left_out);
  std::string text = line.text;
  for (std::size_t at = 0; (at = text.find('\t', at)) != std::string::npos; at += 2) text.replace(at, 1, "  ");
  return shortened(visible(text), kWidth);
}

bool SaidText::is_at(const OutputLine& line, const FailedCheck* check) {
  if (!check) return false;
  const OutputLine& there = check->around[check->at];
  return line.record.seq == there.record.seq && line.text == there.text;
}

bool SaidText::are_shown_by(const FailureOutput& said, const FailedCheck& check) {
  const auto is_there = [&check](const OutputLine& line) { return is_at(line, &check); };
  return std::any_of(said.errors.begin(), said.errors.end(), is_there) ||
         std::any_of(said.output.begin(), said.output.end(), is_there);
}

// Several processes are told apart by their numbers.
void SaidText::lines(const Lines& all, std::size_t from, const FailedCheck* check) const {
  const bool one = are_of_one(all);
  for (std::size_t i = from; i < all.size(); ++i) {
    const ProcessRecord* const process = history_.process(all[i].record.upid);
    std::string text = indent_ + (is_at(all[i], check) ? kMark : kNoMark) +
                       (one || !process ? "" : "[" + std::to_string(raw(process->pid)) + "] ") + shown(all[i]);
    text.resize(text.find_last_not_of(' ') + 1);
    out_ << text << '\n';
  }
}

void SaidText::place(const FailedCheck& check) const {
  const std::string text = visible(stories_.text_of(check));
  out_ << indent_ << "a check failed at " << paint_.strong(visible(check.file) + ":" + std::to_string(check.line))
       << (text.empty() ? "" : "  " + paint_.faint(text)) << '\n';
}

void SaidText::failed_tests(const FailureOutput& said) const {
  const auto& tests = said.failed_tests;
  if (tests.empty()) return;
  std::string text =
      tests.size() == 1 ? "a test in it failed: " : std::to_string(tests.size()) + " tests in it failed: ";
  const std::size_t shown = std::min(tests.size(), kShownTests);
  for (std::size_t i = 0; i < shown; ++i)
    text += (i == 0 ? "" : ", ") + paint_.strong(shortened(visible(tests[i].name), kWidth));
  if (shown < tests.size())
    text += ", and " + std::to_string(tests.size() - shown) + " more; recount-replay tests names all";
  out_ << indent_ << text << '\n';
  if (!tells_why_tests_failed(said)) return;
  for (std::size_t i = 0; i < shown; ++i)
    if (!tests[i].message.empty())
      out_ << indent_ << kNoMark << (tests.size() == 1 ? "" : shortened(visible(tests[i].name), kNameWidth) + ": ")
           << shortened(visible(tests[i].message), kWidth) << '\n';
}

// Where a line of the sources tells, it is shown instead.
bool SaidText::tells_why_tests_failed(const FailureOutput& said) {
  const auto end =
      said.failed_tests.begin() + static_cast<std::ptrdiff_t>(std::min(said.failed_tests.size(), kShownTests));
  return !said.check &&
         std::any_of(said.failed_tests.begin(), end, [](const auto& test) { return !test.message.empty(); });
}

void SaidText::words(const Story& story) const {
  if (!story.title.empty())
    out_ << indent_ << "called itself: " << paint_.strong(shortened(visible(story.title), kWidth)) << '\n';
  if (!story.crash || story.crash->words.empty()) return;
  out_ << indent_ << "aborted with: " << paint_.strong(shortened(visible(story.crash->words), kWidth)) << '\n';
}

void SaidText::where(const Story& story) const {
  if (!story.where) return;
  const std::string text = visible(stories_.text_of(*story.where));
  out_ << indent_ << "in " << paint_.strong(shortened(visible(story.where->name()), kNameWidth)) << " at "
       << visible(story.where->file) << ':' << story.where->line
       << (text.empty() ? "" : "  " + paint_.faint(shortened(text, kWidth))) << '\n';
}

void SaidText::check(const Story& story) const {
  failed_tests(story.said);
  if (!story.said.check) return;
  const FailedCheck& check = *story.said.check;
  place(check);
  if (!are_shown_by(story.said, check)) lines(check.around, 0, &check);
}

void SaidText::last_lines(const Story& story) const {
  const FailureOutput& said = story.said;
  const FailedCheck* const check = said.check ? &*said.check : nullptr;
  if (said.is_empty() && history_.output_seen(*story.failure.process) == false)
    out_ << indent_
         << "what it wrote may be missing: it is a program that the recorder does not see writing (of 32 bits, "
            "under valgrind, or not followed)\n";
  for (const Lines* const all : {&said.errors, &said.output}) {
    if (all->empty()) continue;
    out_ << indent_ << (story.failure.passed_on ? "since then it wrote on " : "the last lines on ")
         << stream_name(all->front().record.fd) << ":\n";
    lines(*all, 0, check);
  }
  if (said.has_more)
    out_ << indent_ << "more of it: recount-replay output --under " << raw(story.failure.process->upid) << ' '
         << visible(request_.log.path()) << '\n';
}

bool SaidText::in_short(const Story& story) const {
  const FailureOutput& said = story.said;
  where(story);
  words(story);
  failed_tests(said);
  if (said.timeout) out_ << indent_ << "a process above it wrote then: " << shown(*said.timeout) << '\n';
  if (said.check) {
    place(*said.check);
    if (said.check->head != said.check->at) lines({said.check->message()}, 0, nullptr);
    lines(said.check->around, said.check->at, nullptr);
    return true;
  }
  if (tells_why_tests_failed(said)) return true;
  const Lines& last = said.errors.empty() ? said.output : said.errors;
  lines(short_of(last), 0, nullptr);
  return said.has_more || std::ssize(said.errors) + std::ssize(said.output) > kShortLines;
}

// --- JSON ------------------------------------------------------------------------------------------------------------

namespace {

Json lines_json(const History& history, const std::vector<OutputLine>& lines) {
  Json all = Json::array();
  for (const OutputLine& line : lines) {
    const ProcessRecord* const process = history.process(line.record.upid);
    all.push_back({{"seq", line.record.seq},
                   {"time_ns", line.record.time_ns},
                   {"upid", raw(line.record.upid)},
                   {"pid", process ? Json(raw(process->pid)) : Json(nullptr)},
                   {"fd", line.record.fd},
                   {"left_out", line.left_out},
                   {"text", line.text.substr(0, kJsonWidth)}});
  }
  return all;
}

}  // namespace

Json said_json(const History& history, const Stories& stories, const FailureOutput& said) {
  if (said.is_empty() && !said.timeout && said.failed_tests.empty()) return nullptr;
  Json json{{"stderr", lines_json(history, said.errors)},
            {"stdout", lines_json(history, said.output)},
            {"has_more", said.has_more},
            {"check", nullptr},
            {"failed_tests", Json::array()},
            {"failed_test_messages", Json::array()},
            {"timeout", said.timeout ? Json(said.timeout->text.substr(0, kJsonWidth)) : Json(nullptr)}};
  for (const auto& test : said.failed_tests) {
    json["failed_tests"].push_back(test.name);
    json["failed_test_messages"].push_back(test.message.empty() ? Json(nullptr) : Json(test.message));
  }
  if (const auto& check = said.check)
    json["check"] = {{"file", check->file},
                     {"line", check->line},
                     {"text", stories.text_of(*check)},
                     {"around", lines_json(history, check->around)},
                     {"at", check->at}};
  return json;
}

}  // namespace recount
