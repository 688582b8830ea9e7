#include "replay/coverage/selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "replay/command/command.hpp"
#include "replay/query/query_session.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

using Words = std::vector<std::string>;
using Matches = std::function<bool(const ProcessRecord&)>;

bool matches(const std::string& pattern, const std::string& text) {
  return pattern == text || fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text.append(&word == words.data() ? "" : " ").append(word);
  return text;
}

Words without_program_folder(Words argv) {
  argv[0] = base_name(argv[0]);
  return argv;
}

std::vector<Words> programs_of(const History& history, const ProcessRecord& process) {
  std::vector<Words> all;
  for (const std::size_t exec : process.execs) all.push_back(words_of(history.execs()[exec].argv));
  return all;
}

bool is_under_pattern(const Words& argv, const std::string& pattern) {
  return !argv.empty() && (matches(pattern, joined(argv)) || matches(pattern, joined(without_program_folder(argv))));
}

// target/debug/deps/NAME-0123456789abcdef is NAME.
std::string cargo_name(const std::string& program) {
  constexpr std::size_t kHash = 16;
  const std::string name = base_name(program);
  const std::size_t dash = name.rfind('-');
  const bool there = dash != std::string::npos && dash != 0 && name.size() == dash + 1 + kHash &&
                     name.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos;
  const std::string folder = program.substr(0, program.size() - name.size());
  return there && folder.ends_with("/deps/") ? name.substr(0, dash) : std::string();
}

void add_cargo_names(const Words& argv, Words& names) {
  const std::string name = cargo_name(argv[0]);
  if (name.empty()) return;
  if (std::find(argv.begin() + 1, argv.end(), "--exact") != argv.end())
    for (std::size_t i = 1; i < argv.size(); ++i)
      if (!argv[i].starts_with('-')) names.push_back(argv[i]);
  names.push_back(name);
  std::string with_hyphens = name;
  std::replace(with_hyphens.begin(), with_hyphens.end(), '_', '-');
  names.push_back(with_hyphens);
}

void add_googletest_names(const Words& argv, Words& names) {
  constexpr std::string_view kFilter = "--gtest_filter=";
  for (const std::string& word : argv)
    if (word.starts_with(kFilter)) names.push_back(word.substr(kFilter.size()));
}

void add_ctest_names(const Words& argv, Words& names) {
  names.push_back(joined(without_program_folder(argv)));
  names.push_back(joined(argv));
  names.push_back(base_name(argv[0]));
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::size_t equals = argv[i].find('=');
    if (equals != std::string::npos) names.push_back(argv[i].substr(equals + 1));
    names.push_back(argv[i]);
  }
}

bool runs_ctest(const History& history, const ProcessRecord& process) {
  const ExecRecord* const program = history.program_of(process);
  const Words argv = program ? words_of(program->argv) : Words{};
  return !argv.empty() && base_name(argv[0]) == "ctest";
}

// By what in its command lines a test, or a program of tests, is found, the most telling first; empty: it is none.
Words words_of_tests(const History& history, const ProcessRecord& process) {
  Words names;
  const ProcessRecord* const parent = history.process(process.parent);
  const bool by_ctest = parent && runs_ctest(history, *parent);
  for (const Words& argv : programs_of(history, process)) {
    if (argv.empty()) continue;
    add_googletest_names(argv, names);
    add_cargo_names(argv, names);
    if (by_ctest) add_ctest_names(argv, names);
  }
  return names;
}

std::string listed(const std::set<std::string>& all) {
  constexpr std::size_t kShown = 20;
  std::string text;
  std::size_t shown = 0;
  for (const std::string& one : all) {
    if (++shown > kShown) return text + ", and " + std::to_string(all.size() - kShown) + " more";
    text.append(text.empty() ? "" : ", ").append(one);
  }
  return text;
}

[[noreturn]] void refuse_under(const History& history, const std::string& pattern) {
  std::set<std::string> all;
  for (const ProcessRecord& process : history.processes())
    for (const Words& argv : programs_of(history, process))
      all.insert(std::to_string(raw(process.upid)) + " " + joined(argv));
  throw UsageError("no process is " + pattern + "; there is: " + listed(all));
}

[[noreturn]] void refuse_test(const History& history, const TestNames& in_view, const std::string& pattern) {
  std::set<std::string> all;
  for (const ProcessRecord& process : history.processes())
    if (const auto named = in_view.find(process.upid); named != in_view.end())
      all.insert(named->second);
    else if (const Words words = words_of_tests(history, process); !words.empty())
      all.insert(words[0]);
  const auto& processes = history.processes();
  const bool by_ctest = std::any_of(processes.begin(), processes.end(),
                                    [&](const auto& process) { return runs_ctest(history, process); });
  throw UsageError(
      "no process is a test called " + pattern +
      (all.empty() ? ", and no arguments name a test; --under takes any process" : "; there is: " + listed(all)) +
      (by_ctest
           ? "; ctest does not pass on the names from add_test(): give --ctest the output of ctest --show-only=json-v1"
           : ""));
}

// The processes that match, and all that they brought to life. A parent is older than its child.
std::set<Upid> with_descendants(const History& history, const Matches& match) {
  std::set<Upid> all;
  for (const ProcessRecord& process : history.processes())
    if (all.contains(process.parent) || match(process)) all.insert(process.upid);
  return all;
}

std::set<Upid> under(const History& history, const std::string& which) {
  const bool is_number = which.find_first_not_of("0123456789") == std::string::npos;
  std::set<Upid> all = with_descendants(history, [&](const ProcessRecord& process) {
    if (is_number) return std::to_string(raw(process.upid)) == which;
    const auto programs = programs_of(history, process);
    return std::any_of(programs.begin(), programs.end(),
                       [&](const Words& argv) { return is_under_pattern(argv, which); });
  });
  if (all.empty()) refuse_under(history, which);
  return all;
}

std::set<Upid> of_test(const History& history, const TestNames& in_view, const std::string& name) {
  std::set<Upid> all = with_descendants(history, [&](const ProcessRecord& process) {
    const auto named = in_view.find(process.upid);
    return named != in_view.end() && matches(name, named->second);
  });
  if (!all.empty()) return all;
  all = with_descendants(history, [&](const ProcessRecord& process) {
    const Words words = words_of_tests(history, process);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return matches(name, word); });
  });
  if (all.empty()) refuse_test(history, in_view, name);
  return all;
}

TestNames names_where(const std::string& condition, const LogFile& log, const std::vector<TestCommand>& more) {
  TestNames names;
  QuerySession session(log, more);
  Rows rows = session.select("SELECT upid, test FROM test_process WHERE " + condition);
  while (rows.next()) names.emplace(Upid{static_cast<std::uint32_t>(rows.integer(0))}, rows.bytes(1));
  return names;
}

}  // namespace

TestNames test_names(const LogFile& log, const std::vector<TestCommand>& more) {
  return names_where("upid NOT IN (SELECT upid FROM trace_ctest_child)", log, more);
}

TestNames all_test_names(const LogFile& log) { return names_where("1", log, {}); }

void add_selection_options(OptionTable& options, const std::string& ran) {
  const std::string lines = "only lines that ";
  options.add_options()(
      "under",
      lines + "this process and its descendants " + ran + "; GLOB is compared with the arguments, joined by spaces",
      text_value(),
      "UPID|GLOB")("test",
                   lines + "this test " + ran +
                       ", if it is a process of its own (ctest, googletest, cargo test, cargo-nextest, pytest, bats)",
                   text_value(), "NAME")(
      "ctest", "LIST is a file with the output of ctest --show-only=json-v1: names for --test", text_value(), "LIST")(
      "until", ran == "ran" ? "only lines that had run by this event" : "only lines of writes up to this event",
      text_value(), "SEQ");
}

Selection selection_of(const LogFile& log, const ParsedOptions& options) {
  Selection selection;
  if (options.count("until") && log.compacted())
    throw FileError(log.path(), "was compacted, and does not say when lines ran; ask --until of the log before");
  if (options.count("until")) selection.until = number_option(options, "until");
  if (!options.count("under") && !options.count("test")) return selection;
  History history(log);
  Recount(log).run(&history);
  std::set<Upid> processes = with_descendants(history, [](const auto&) { return true; });
  const auto keep = [&](const std::set<Upid>& these) {
    std::erase_if(processes, [&](Upid upid) { return !these.contains(upid); });
  };
  if (options.count("under")) keep(under(history, options.text("under")));
  if (options.count("test")) keep(of_test(history, test_names(log, tests_option(options)), options.text("test")));
  selection.threads.emplace();
  for (const ThreadRecord& thread : history.threads())
    if (processes.contains(thread.upid)) selection.threads->insert(raw(thread.utid));
  return selection;
}

}  // namespace recount
