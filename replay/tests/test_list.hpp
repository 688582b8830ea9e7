// The tests of a log, as the view `test` tells them, and which of them ran what a patch changes.
//
//   QuerySession session(log, more_names);
//   std::vector<TestRecord> tests = tests_of(session);
//   const std::vector<JunitCase> rest = add_results(read_junit_file("junit.xml"), tests);
//   keep_changed(session, map, root, impact, tests);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/query/query_session.hpp"
#include "replay/recount/said_tests.hpp"
#include "replay/tests/impact.hpp"
#include "replay/tests/junit_file.hpp"
#include "schema/shared/path_map.hpp"

namespace recount {

// A row for each test of each run.
struct TestRecord {
  std::string run_uuid, test, runner;
  std::uint64_t processes = 0;
  std::optional<bool> failed;  // none: nobody knows
  std::uint64_t tries = 1;     // of one command of it, the most
  bool flaky = false;          // it failed, and passed when it was tried again
  bool skipped = false;
  std::optional<std::int64_t> start_ns, duration_ns, user_us, system_us, max_rss_kib;
  std::uint64_t changed_lines = 0;          // that it ran
  std::optional<JunitCase::Result> result;  // what a JUnit file says of it, and how long it took there
  std::optional<std::int64_t> result_ns;
  std::optional<SaidTest> said;  // it ran inside a process, with others, and what that wrote tells of it

  std::optional<std::int64_t> cpu_us() const;
};

const char* status_of(const TestRecord& test);  // passed, failed, skipped, unknown

// What failed first, then the longest. What was tried again and passed at last has passed, and is flaky. It asks the views of kTestViews.
std::vector<TestRecord> tests_of(QuerySession& session);
inline const std::vector<std::string> kTestViews{"test", "test_process", "process"};

// Those that ran inside of processes, and what adds them, as far as no test of that name is there.
std::vector<SaidTest> said_tests_of(const LogFile& log, const History& history);
void add_said_tests(std::vector<SaidTest> said, const LogFile& log, std::vector<TestRecord>& tests);

// The processes that are tests or parts of them, each by its test; what they started belongs to it as well.
struct TestProcess {
  std::string run_uuid, test, runner;
  Upid upid{};
};
std::vector<TestProcess> test_processes_of(QuerySession& session);

// Gives each test the result that the file has for it; what failed there comes first. Returns the
// cases that no test of the log is.
std::vector<JunitCase> add_results(const std::vector<JunitCase>& cases, std::vector<TestRecord>& tests);

// Gives `impact` the lines of code, the folder `root`, and the lines that tests ran, files named as
// `map` has it; drops the tests that ran no changed line. What ran most of them is first.
void keep_changed(QuerySession& session, const PathMap& map, const std::string& root, Impact& impact,
                  std::vector<TestRecord>& tests);

}  // namespace recount
