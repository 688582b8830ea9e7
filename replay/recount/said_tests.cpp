#include "replay/recount/said_tests.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "replay/recount/failures.hpp"
#include "replay/recount/runners.hpp"
#include "replay/text/terminal_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

using Result = SaidTest::Result;
using Text = std::string_view;

Text without_blanks(Text text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "12 ms" or "0.01s", in nanoseconds.
std::optional<std::int64_t> duration_in(Text text) {
  const std::string number(text);
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (end == number.c_str() || !(value >= 0) || value > 1e9) return std::nullopt;
  const Text unit = without_blanks(end);
  const double factor = unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
  if (factor == 0) return std::nullopt;
  return static_cast<std::int64_t>(value * factor);
}

// The text in the last parentheses of a line that ends with them; and the line without them.
std::optional<std::int64_t> take_duration(Text& text) {
  if (!text.ends_with(')')) return std::nullopt;
  const std::size_t open = text.rfind('(');
  if (open == Text::npos) return std::nullopt;
  const auto duration = duration_in(text.substr(open + 1, text.size() - open - 2));
  if (duration) text = without_blanks(text.substr(0, open));
  return duration;
}

struct Word {
  Text text;
  Result result;
};

template <std::size_t N>
const Word* word_at_start(const Word (&words)[N], Text text) {
  const auto found = std::find_if(std::begin(words), std::end(words),
                                  [text](const Word& word) { return text.starts_with(word.text); });
  return found == std::end(words) ? nullptr : found;
}

SaidTest test_of(const char* framework, Text name, Result result) {
  SaidTest test;
  test.framework = framework, test.name = std::string(name), test.result = result;
  return test;
}

// "[  FAILED  ] Suite.Name, where GetParam() = 3 (12 ms)". The totals at the end have no time.
constexpr const char* kGoogleName = "googletest";
constexpr Text kGoogleBegins = "[ RUN      ] ";
constexpr Word kGoogle[] = {
    {"[       OK ] ", Result::passed}, {"[  FAILED  ] ", Result::failed}, {"[  SKIPPED ] ", Result::skipped}};

SaidTest googletest(Result result, Text name) {
  const auto duration = take_duration(name);
  SaidTest test = test_of(kGoogleName, without_blanks(name.substr(0, name.find(", where "))), result);
  test.duration_ns = duration;
  return test;
}

std::optional<SaidTest> of_googletest(Text text) {
  const Word* const word = word_at_start(kGoogle, text);
  if (!word) return std::nullopt;
  SaidTest test = googletest(word->result, text.substr(word->text.size()));
  return test.duration_ns ? std::optional(test) : std::nullopt;
}

// Of the test that has begun, also without a time (--gtest_print_time=0), and behind what it left of a line.
std::optional<SaidTest> end_of_googletest(Text text, Text open) {
  for (const Word& word : kGoogle) {
    const std::size_t at = text.find(word.text);
    if (at == Text::npos) continue;
    SaidTest test = googletest(word.result, text.substr(at + word.text.size()));
    if (test.name == open) return test;
  }
  return std::nullopt;
}

// Behind which no test is open: "[----------] 2 tests from S (0 ms total)", "[==========] 2 tests from 1 test suite ran."
bool is_google_rule(Text text) { return text.starts_with("[----------] ") || text.starts_with("[==========] "); }

// "--- FAIL: TestName/sub (0.01s)", deeper ones indented.
constexpr const char* kGoName = "go test";
constexpr Text kGoBegins = "=== RUN   ";
constexpr Word kGo[] = {
    {"--- PASS: ", Result::passed}, {"--- FAIL: ", Result::failed}, {"--- SKIP: ", Result::skipped}};

std::optional<SaidTest> of_go(Text text) {
  text = without_blanks(text);
  const Word* const word = word_at_start(kGo, text);
  if (!word) return std::nullopt;
  Text name = text.substr(word->text.size());
  const auto duration = take_duration(name);
  if (!duration || !name.starts_with("Test")) return std::nullopt;
  SaidTest test = test_of(kGoName, name, word->result);
  test.duration_ns = duration;
  return test;
}

// "test module::name ... ok"; rustdoc's names have blanks.
constexpr const char* kCargoName = "cargo test";
constexpr Word kCargo[] = {{"ok", Result::passed}, {"FAILED", Result::failed}, {"ignored", Result::skipped}};

std::optional<SaidTest> of_cargo(Text text) {
  constexpr Text kBegin = "test ", kDots = " ... ";
  const std::size_t dots = text.find(kDots);
  if (!text.starts_with(kBegin) || dots == Text::npos || dots < kBegin.size()) return std::nullopt;
  const Text said = text.substr(dots + kDots.size());
  const Word* const word = word_at_start(kCargo, said);
  if (!word) return std::nullopt;
  const Text rest = said.substr(word->text.size());
  if (!rest.empty() && rest[0] != ' ' && rest[0] != ',') return std::nullopt;
  Text name = text.substr(kBegin.size(), dots - kBegin.size());
  if (name.ends_with(" - should panic")) name.remove_suffix(Text(" - should panic").size());
  return test_of(kCargoName, name, word->result);
}

// "test_name (module.Class.test_name) ... FAIL"; before Python 3.11 "test_name (module.Class) ... FAIL".
constexpr const char* kUnittestName = "unittest";
constexpr Word kUnittest[] = {{"ok", Result::passed},
                              {"FAIL", Result::failed},
                              {"ERROR", Result::failed},
                              {"skipped ", Result::skipped},
                              {"expected failure", Result::passed},
                              {"unexpected success", Result::failed}};

// The dotted name in "test_name (module.Class.test_name)"; "" if that is none.
std::string unittest_name(Text text) {
  const std::size_t open = text.find(" (");
  if (open == Text::npos || !text.ends_with(')')) return "";
  const std::string own(text.substr(0, open)), place(text.substr(open + 2, text.size() - open - 3));
  if (own.find(' ') != Text::npos || place.find('.') == Text::npos) return "";
  return place.ends_with("." + own) ? place : place + "." + own;
}

std::optional<SaidTest> of_unittest(Text text) {
  constexpr Text kDots = " ... ";
  const std::size_t close = text.find(")" + std::string(kDots));
  if (close == Text::npos) return std::nullopt;
  const Word* const word = word_at_start(kUnittest, text.substr(close + 1 + kDots.size()));
  const std::string name = unittest_name(text.substr(0, close + 1));
  return word && !name.empty() ? std::optional(test_of(kUnittestName, name, word->result)) : std::nullopt;
}

// Without -v only failed ones are told: "FAIL: test_name (module.Class.test_name)" beneath a rule, of a part of one with "(i=3)"
// or "[message]" behind that.
std::optional<SaidTest> of_unittest_title(Text text) {
  for (const Text word : {"FAIL: ", "ERROR: "}) {
    if (!text.starts_with(word)) continue;
    const std::string name = unittest_name(text.substr(word.size(), text.find(')') + 1 - word.size()));
    if (!name.empty()) return test_of(kUnittestName, name, Result::failed);
  }
  return std::nullopt;
}

// "tests/test_it.py::test_name PASSED   [ 50%]" with -v, else "FAILED tests/test_it.py::test_name - reason".
constexpr const char* kPytestName = "pytest";
constexpr Word kPytest[] = {{"PASSED", Result::passed},   {"FAILED", Result::failed}, {"ERROR", Result::failed},
                            {"SKIPPED", Result::skipped}, {"XFAIL", Result::passed},  {"XPASS", Result::passed}};

std::optional<SaidTest> of_pytest(Text text) {
  const std::size_t colons = text.find(".py::");
  if (colons == Text::npos) return std::nullopt;
  const Word* const first = word_at_start(kPytest, text);
  if (first && text.size() > first->text.size() && text[first->text.size()] == ' ') {
    const Text said = text.substr(first->text.size() + 1);
    const std::size_t reason = said.find(" - ");
    SaidTest test = test_of(kPytestName, said.substr(0, reason), first->result);
    if (reason != Text::npos && test.result == Result::failed) test.message = said.substr(reason + 3);
    return test;
  }
  for (const Word& word : kPytest) {
    const std::size_t at = text.find(" " + std::string(word.text), colons);
    const std::size_t behind = at + 1 + word.text.size();
    if (at == Text::npos || (behind < text.size() && text[behind] != ' ')) continue;
    if (text.substr(0, colons).find(' ') != Text::npos) return std::nullopt;
    return test_of(kPytestName, text.substr(0, at), word.result);
  }
  return std::nullopt;
}

// "not ok 3 - name # SKIP reason".
std::optional<SaidTest> of_tap(Text text) {
  const bool failed = text.starts_with("not ok ");
  if (!failed && !text.starts_with("ok ")) return std::nullopt;
  text.remove_prefix(failed ? 7 : 3);
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == Text::npos || text[digits] != ' ') return std::nullopt;
  text = text.substr(digits);
  const std::size_t hash = text.find(" # ");
  const Text directive = hash == Text::npos ? Text() : text.substr(hash + 3);
  text = without_blanks(text.substr(0, hash));
  if (text.starts_with("- ")) text = without_blanks(text.substr(2));
  if (text.empty()) return std::nullopt;
  const auto says = [directive](Text word) {  // in small letters
    return directive.size() >= word.size() &&
           std::equal(word.begin(), word.end(), directive.begin(), [](char a, char b) { return a == (b | 0x20); });
  };
  if (says("skip")) return test_of("TAP", text, Result::skipped);
  const bool may_fail = says("todo");
  return test_of("TAP", text, failed && !may_fail ? Result::failed : Result::passed);
}

// "FAIL: tests/name.sh", by automake's test-driver: a word that anybody may write.
constexpr const char* kAutomake = "automake";
constexpr Word kDriver[] = {{"PASS: ", Result::passed},  {"XFAIL: ", Result::passed}, {"FAIL: ", Result::failed},
                            {"XPASS: ", Result::failed}, {"ERROR: ", Result::failed}, {"SKIP: ", Result::skipped}};

std::optional<SaidTest> of_automake(Text text) {
  const Word* const word = word_at_start(kDriver, text);
  return word ? std::optional(test_of(kAutomake, text.substr(word->text.size()), word->result)) : std::nullopt;
}

bool is_of_a_driver(const SaidTest& test, const History& history) {
  const ProcessRecord* const process = history.process(test.upid);
  return process && CommandLine(words_of(argv_of(history, *process))).name() == "test-driver";
}

using Reader = std::optional<SaidTest> (*)(Text);
constexpr Reader kReaders[] = {of_googletest, of_go, of_cargo, of_unittest, of_pytest, of_tap, of_automake};

constexpr std::size_t kCatchWidth = 79, kUnittestWidth = 70;

bool is_rule(Text text, char c, std::size_t width = kCatchWidth) {
  return text.size() == width && text.find_first_not_of(c) == Text::npos;
}

constexpr const char* kCatchName = "Catch2";

// The name in "---- module::name stdout ----".
Text cargo_title(Text text) {
  constexpr Text kBegin = "---- ", kEnd = " stdout ----";
  const bool is_title = text.size() > kBegin.size() + kEnd.size() && text.starts_with(kBegin) && text.ends_with(kEnd);
  return is_title ? text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()) : Text();
}

bool ends_telling(const SaidTest& test, Text text) {
  const Text framework = test.framework;
  if (framework == kGoName) return !text.starts_with("    ");
  if (framework == kUnittestName) return is_rule(text, '=', kUnittestWidth) || is_rule(text, '-', kUnittestWidth);
  return text.empty() && !test.lines.empty();
}

// One more line of it: what is the message, the framework's form says.
void add_to_message(SaidTest& test, Text text) {
  constexpr Text kTraceback = "Traceback (most recent call last):";
  constexpr std::size_t kMost = 400;
  const Text framework = test.framework;
  if (framework == kCatchName && test.message.size() < kMost) {
    test.message += (test.message.empty() ? "" : " ") + std::string(without_blanks(text));
  } else if (framework == kUnittestName) {
    if (text == kTraceback)
      test.message.clear();  // of what was raised in handling another one
    else if (test.message.empty() && !text.empty() && !text.starts_with(' '))
      test.message = text;
  } else if (test.message.empty() || (framework == kCargoName && test.message.ends_with(':'))) {
    test.message += (test.message.empty() ? "" : " ") + std::string(without_blanks(text));
  }
}

int weight(Result result) { return result == Result::failed ? 2 : result == Result::passed ? 1 : 0; }

}  // namespace

void SaidTests::add(const OutputLine& line) {
  Stream& stream = streams_[OutputStream(line.record)];
  if (line.left_out != 0) return stream.open.clear();  // its end may be in that
  const std::string shown = shown_line(line.text);
  const Text text = shown;
  if (stream.told && goes_on_telling(text, stream)) return;
  if (const Text name = cargo_title(text); !name.empty()) return begin_telling(line, name, stream);
  for (const Text begins : {kGoogleBegins, kGoBegins})
    if (text.starts_with(begins)) {
      stream.open = std::string(without_blanks(text.substr(begins.size())));
      stream.open_ns = line.record.time_ns;
      stream.in_turn = begins == kGoogleBegins;
      stream.lines.clear();
      return;
    }
  if (std::exchange(stream.after_rule, is_rule(text, '=', kUnittestWidth)))
    if (auto test = of_unittest_title(text)) {
      ended(line, stream, std::move(*test));
      stream.titled_test = said_.size() - 1;
      return;
    }
  const auto titled_test = std::exchange(stream.titled_test, std::nullopt);
  if (titled_test && is_rule(text, '-', kUnittestWidth)) {
    stream.told = titled_test;
    return;
  }
  if (of_catch2(line, text, stream)) return;
  if (stream.in_turn && !stream.open.empty()) {
    if (auto test = end_of_googletest(text, stream.open)) return ended(line, stream, std::move(*test));
    if (is_google_rule(text)) stream.open.clear();
  }
  for (const Reader read : kReaders)
    if (auto test = read(text)) return ended(line, stream, std::move(*test));
  if (!stream.open.empty()) stream.lines.push_back(shown);
  if (stream.lines.size() > kLinesMax) stream.lines.erase(stream.lines.begin());
}

void SaidTests::ended(const OutputLine& line, Stream& stream, SaidTest test) {
  test.upid = line.record.upid;
  test.seq = line.record.seq;
  if (!stream.open.empty() && stream.open == test.name) {
    test.start_ns = stream.open_ns;
    if (test.duration_ns.value_or(0) == 0) test.duration_ns = line.record.time_ns - stream.open_ns;
    stream.open.clear();
    if (test.result == Result::failed) test.lines = std::move(stream.lines);
    stream.lines.clear();
  }
  const Text framework = test.framework;
  const bool is_told = test.result == Result::failed && (framework == kGoName || framework == kCatchName);
  said_.push_back(std::move(test));
  stream.told = is_told ? std::optional(said_.size() - 1) : std::nullopt;
}

// False: what is told of the test has ended, and the line is to be read.
bool SaidTests::goes_on_telling(Text text, Stream& stream) {
  SaidTest& test = said_[*stream.told];
  const bool is_result = Text(test.framework) == kGoName && of_go(text);
  if (is_result || ends_telling(test, text)) {
    stream.told.reset();
    return false;
  }
  if (text.empty() && test.lines.empty()) return true;
  add_to_message(test, text);
  const bool ends_with_cause = Text(test.framework) == kUnittestName;
  if (test.lines.size() == kLinesMax && ends_with_cause) test.lines.erase(test.lines.begin());
  if (test.lines.size() < kLinesMax) test.lines.emplace_back(text);
  return true;
}

void SaidTests::begin_telling(const OutputLine& line, Text name, Stream& stream) {
  for (std::size_t i = said_.size(); i-- > 0;)
    if (said_[i].upid == line.record.upid && said_[i].name == name && said_[i].result == Result::failed) {
      stream.told = i;
      return;
    }
}

// Between two rules of dashes stands the name, with its sections, each indented; behind them the place, a rule of dots, and each failed
// check with "FAILED:" in it.
bool SaidTests::of_catch2(const OutputLine& line, Text text, Stream& stream) {
  if (is_rule(text, '-')) {
    if (stream.header_lines > 0) stream.titled = std::exchange(stream.header, "");
    stream.header_lines = stream.header_lines > 0 ? 0 : 1;
    return true;
  }
  if (is_rule(text, '=')) {
    stream.titled.clear(), stream.header_lines = 0;
    return false;
  }
  if (stream.header_lines > 0) {
    constexpr int kHeaderMax = 20;
    if (stream.header_lines == 1)
      stream.header = std::string(text);
    else if (!text.starts_with(' '))
      stream.header += ' ' + std::string(text);  // a long name goes on
    if (++stream.header_lines > kHeaderMax) stream.header_lines = 0;
    return false;
  }
  if (stream.titled.empty() || !text.ends_with("FAILED:")) return false;
  SaidTest test = test_of(kCatchName, std::exchange(stream.titled, ""), Result::failed);
  test.lines.emplace_back(text);
  ended(line, stream, std::move(test));
  return true;
}

// A test that crashes, exits or hangs takes its framework with it.
std::vector<SaidTest> SaidTests::cut_short(const History& history) const {
  std::vector<SaidTest> tests;
  for (const auto& [at, stream] : streams_) {
    const ProcessRecord* const process = history.process(at.upid);
    if (stream.open.empty() || !stream.in_turn || !process || !process->failed()) continue;
    SaidTest test = test_of(kGoogleName, stream.open, Result::failed);
    test.upid = at.upid, test.seq = process->end_seq;
    test.start_ns = stream.open_ns, test.duration_ns = *process->end_ns - stream.open_ns;
    test.lines = stream.lines;
    test.message = "it began, and did not end";
    tests.push_back(std::move(test));
  }
  return tests;
}

std::vector<SaidTest> SaidTests::all(const History& history) const {
  using Key = std::pair<Upid, std::string>;
  std::map<Key, SaidTest> each;
  const auto take = [&](const SaidTest& test) {
    if (test.framework == kAutomake && !is_of_a_driver(test, history)) return;
    const auto [known, is_new] = each.emplace(Key(test.upid, test.name), test);
    if (!is_new && weight(test.result) >= weight(known->second.result)) {
      const SaidTest before = std::exchange(known->second, test);
      if (!known->second.start_ns) known->second.start_ns = before.start_ns;
      if (known->second.lines.empty()) known->second.lines = before.lines;
      if (known->second.message.empty()) known->second.message = before.message;
    }
  };
  for (const SaidTest& test : said_) take(test);
  for (const SaidTest& test : cut_short(history)) take(test);
  std::set<Key> repeated;  // by those above the one that ran it
  for (const auto& [key, test] : each)
    for (const ProcessRecord* at = history.process(key.first); at && at->parent < at->upid;
         at = history.process(at->parent))
      repeated.emplace(at->parent, key.second);
  std::vector<SaidTest> tests;
  for (const auto& [key, test] : each)
    if (!repeated.contains(key)) tests.push_back(test);
  std::stable_sort(tests.begin(), tests.end(), [](const SaidTest& a, const SaidTest& b) { return a.seq < b.seq; });
  return tests;
}

}  // namespace recount
