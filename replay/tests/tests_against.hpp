// tests --against STORE: what is slower than in the good runs before, newly failing, new and gone.
//
// The runs before are those of the log's repository, branch and job. What is slower, the store's question `slower` decides. A test fails newly if
// its last result there was good; it is new if none of them has it, and gone if the newest good one has it and the log doesn't.
#pragma once

#include <vector>

#include "replay/command/command.hpp"
#include "replay/tests/test_list.hpp"

namespace recount {

void check_tests_against(const Request& request);  // throws UsageError
void write_tests_against(const Request& request, const std::vector<TestRecord>& tests);

}  // namespace recount
