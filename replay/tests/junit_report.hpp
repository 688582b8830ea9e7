// JUnit XML, as CIs read it: a suite for each runner, and for each test its result, time, what failed and what it wrote.
//
//   <testcase name="parser" classname="ctest" time="0.012" file="/src/parser.c" line="7">
//     <failure message="exit code 1: parser.c:7: expected 3">...</failure>
//     <system-out>...</system-out><system-err>...</system-err>
//   </testcase>
//
// A test that nobody knows the result of is skipped, with a message: without a child element it would count as passed. What
// processes wrote comes with the test that they are part of; it is written as it is read, so the memory is that of the history.
#pragma once

#include <vector>

#include "replay/command/command.hpp"
#include "replay/tests/test_list.hpp"

namespace recount {

// `history`: of all rows. `rest`: results of a JUnit file that no process of the log is of.
void write_junit(const Request& request, const History& history, const std::vector<TestRecord>& tests,
                 const std::vector<TestProcess>& processes, const std::vector<JunitCase>& rest);

}  // namespace recount
