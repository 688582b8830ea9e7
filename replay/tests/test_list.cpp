#include "replay/tests/test_list.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace recount {
namespace {

std::string text(const Rows& rows, std::size_t column) { return std::string(rows.bytes(column)); }

std::optional<std::int64_t> number(const Rows& rows, std::size_t column) {
  if (rows.type(column) == Rows::Type::null) return std::nullopt;
  return rows.integer(column);
}

TestRecord record_of(const Rows& rows) {
  TestRecord test;
  test.run_uuid = text(rows, 0), test.test = text(rows, 1), test.runner = text(rows, 2);
  test.processes = static_cast<std::uint64_t>(rows.integer(3));
  test.start_ns = number(rows, 4), test.duration_ns = number(rows, 5);
  test.user_us = number(rows, 6), test.system_us = number(rows, 7);
  test.max_rss_kib = number(rows, 8);
  if (const auto failed = number(rows, 9)) test.failed = *failed != 0;
  return test;
}

// Files come in their thousands times their lines: each name is mapped once.
class TestNames {
 public:
  explicit TestNames(const PathMap& map) : map_(map) {}
  const std::string& operator()(std::string_view file) {
    const auto known = names_.find(file);
    if (known != names_.end()) return known->second;
    return names_.emplace(file, map_.apply(std::string(file))).first->second;
  }

 private:
  const PathMap& map_;
  std::map<std::string, std::string, std::less<>> names_;
};

std::uint32_t line_in(const Rows& rows, std::size_t column) { return static_cast<std::uint32_t>(rows.integer(column)); }

// A case may come twice, if it was repeated: it failed if it failed once.
void take_result(const JunitCase& one, TestRecord& test) {
  if (test.result == JunitCase::Result::fail) return;
  test.result = one.result;
  test.result_ns = one.time_ns;
}

// The tries of one command of a test, one after another.
struct Tries {
  std::uint64_t count = 0;
  bool last_failed = false;
};

using TestKey = std::tuple<std::string, std::string, std::string>;  // run, test, runner
using Commands = std::map<std::string, Tries>;

std::map<TestKey, Commands> tries_of(QuerySession& session) {
  std::map<TestKey, Commands> tries;
  Rows rows = session.select(
      "SELECT t.run_uuid, t.test, t.runner, COALESCE(p.argv, ''), p.term_signal IS NOT NULL OR p.exit_code <> 0 "
      "FROM test_process t JOIN process p ON p.upid = t.upid ORDER BY p.start_ns");
  while (rows.next()) {
    Tries& one = tries[{text(rows, 0), text(rows, 1), text(rows, 2)}][text(rows, 3)];
    ++one.count;
    one.last_failed = number(rows, 4).value_or(0) != 0;
  }
  return tries;
}

// What failed first and passed in the end has passed.
void note_tries(const Commands& commands, TestRecord& test) {
  bool last_failed = false;
  for (const auto& [argv, tries] : commands) {
    test.tries = std::max(test.tries, tries.count);
    last_failed = last_failed || tries.last_failed;
  }
  if (!test.failed.value_or(false) || last_failed) return;
  test.failed = false;
  test.flaky = true;
}

}  // namespace

std::optional<std::int64_t> TestRecord::cpu_us() const {
  if (!user_us && !system_us) return std::nullopt;
  return user_us.value_or(0) + system_us.value_or(0);
}

const char* status_of(const TestRecord& test) {
  if (test.skipped) return "skipped";
  return !test.failed ? "unknown" : *test.failed ? "failed" : "passed";
}

std::vector<TestRecord> tests_of(QuerySession& session) {
  std::vector<TestRecord> tests;
  session.keep_views({"trace_test_name", "trace_named_process"});  // the view asks all of them, in five places
  Rows rows = session.select(
      "SELECT run_uuid, test, runner, processes, start_ns, duration_ns, user_us, system_us, "
      "max_rss_kib, failed FROM test "
      "ORDER BY failed = 1 DESC, duration_ns DESC, test, runner, run_uuid");
  while (rows.next()) tests.push_back(record_of(rows));
  const auto tries = tries_of(session);
  for (TestRecord& test : tests)
    if (const auto of_test = tries.find({test.run_uuid, test.test, test.runner}); of_test != tries.end())
      note_tries(of_test->second, test);
  std::stable_partition(tests.begin(), tests.end(), [](const TestRecord& test) { return test.failed.value_or(false); });
  return tests;
}

std::vector<SaidTest> said_tests_of(const LogFile& log, const History& history) {
  SaidTests said;
  OutputText texts(log);
  OutputLines lines(history, [&said](const OutputLine& line) { said.add(line); });
  for (const OutputRecord& record : history.outputs()) lines.add(record, texts.of(record));
  lines.finish();
  return said.all(history);
}

void add_said_tests(std::vector<SaidTest> said, const LogFile& log, std::vector<TestRecord>& tests) {
  if (said.empty()) return;
  std::set<std::pair<std::string, std::string>> known;
  for (const TestRecord& test : tests) known.emplace(test.run_uuid, test.test);
  for (SaidTest& one : said) {
    TestRecord test;
    test.run_uuid = log.run_of(one.upid).uuid, test.test = one.name, test.runner = one.framework;
    test.start_ns = one.start_ns, test.duration_ns = one.duration_ns;
    test.skipped = one.result == SaidTest::Result::skipped;
    if (!test.skipped) test.failed = one.result == SaidTest::Result::failed;
    test.said = std::move(one);
    if (!known.contains({test.run_uuid, test.test})) tests.push_back(std::move(test));
  }
  std::stable_sort(tests.begin(), tests.end(), [](const TestRecord& a, const TestRecord& b) {
    return std::pair(!a.failed.value_or(false), -a.duration_ns.value_or(-1)) <
           std::pair(!b.failed.value_or(false), -b.duration_ns.value_or(-1));
  });
}

std::vector<TestProcess> test_processes_of(QuerySession& session) {
  std::vector<TestProcess> processes;
  Rows rows = session.select("SELECT run_uuid, test, runner, upid FROM test_process");
  while (rows.next())
    processes.push_back(
        {text(rows, 0), text(rows, 1), text(rows, 2), Upid{static_cast<std::uint32_t>(rows.integer(3))}});
  return processes;
}

std::vector<JunitCase> add_results(const std::vector<JunitCase>& cases, std::vector<TestRecord>& tests) {
  std::unordered_multimap<std::string, TestRecord*> by_name;
  for (TestRecord& test : tests) by_name.emplace(test.test, &test);
  std::vector<JunitCase> rest;
  for (const JunitCase& one : cases) {
    auto [at, end] = by_name.equal_range(one.name);
    if (at == end) std::tie(at, end) = by_name.equal_range(one.classname + "." + one.name);
    if (at == end) rest.push_back(one);
    for (; at != end; ++at) take_result(one, *at->second);
  }
  std::stable_partition(tests.begin(), tests.end(),
                        [](const TestRecord& test) { return test.result == JunitCase::Result::fail; });
  return rest;
}

void keep_changed(QuerySession& session, const PathMap& map, const std::string& root, Impact& impact,
                  std::vector<TestRecord>& tests) {
  TestNames names(map);
  Rows code = session.select(
      "SELECT DISTINCT f.path, l.line FROM trace_probe_line l JOIN trace_file f ON f.file_id = "
      "l.file_id");
  while (code.next()) impact.code(names(code.bytes(0)), line_in(code, 1));
  impact.place(root);
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> counts;
  Rows lines = session.select("SELECT run_uuid, test, runner, file, line FROM test_line");
  while (lines.next())
    if (impact.ran(names(lines.bytes(3)), line_in(lines, 4)))
      ++counts[{text(lines, 0), text(lines, 1), text(lines, 2)}];
  for (TestRecord& test : tests) {
    const auto count = counts.find({test.run_uuid, test.test, test.runner});
    if (count != counts.end()) test.changed_lines = count->second;
  }
  std::erase_if(tests, [](const TestRecord& test) { return test.changed_lines == 0; });
  std::stable_sort(tests.begin(), tests.end(),
                   [](const TestRecord& a, const TestRecord& b) { return a.changed_lines > b.changed_lines; });
}

}  // namespace recount
