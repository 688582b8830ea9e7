// Whose hits are counted, and up to when: the options --under, --test and --until of coverage. `output` takes them, too.
//
//   const Selection selection = selection_of(log, options);
//   history.count_only(selection);  Recount(log).run(&history, selection.until);
//
// --under UPID|GLOB  A process and all its descendants. The glob (fnmatch(3); * matches spaces and
//                    slashes, too) is held against the arguments of each program that a process
//                    ran, joined by spaces, with and without the folder of the first. All that
//                    match count.
// --test NAME        A process that is one test, and all its descendants. NAME may be a glob. What a
//                    test is called, the view test_process says, here as everywhere. Only if it
//                    calls none so, NAME is looked for in command lines:
//                      googletest  the value of --gtest_filter, which may fit several tests
//                      cargo test  a program target/*/deps/NAME-0123456789abcdef, where cargo writes
//                                  _ for a - of the crate's name and either is taken; with --exact
//                                  also each argument that is no option
//                      ctest       for a child of ctest: its command line, with and without the
//                                  folder of the program, the program without the folder, each
//                                  argument, and what stands behind a = in one. ctest does not pass
//                                  on the name that add_test() gave: --ctest LIST brings it back,
//                                  at the recording or here.
// --until SEQ        The hits of the rows up to SEQ, that one included.
//
// Throws UsageError, with what there is, if nothing matches.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "replay/command/command.hpp"
#include "replay/recount/history.hpp"

namespace recount {

// `ran`: what the report tells that the chosen processes did to lines: "ran" or "wrote".
void add_selection_options(OptionTable& options, const std::string& ran = "ran");

// What the view test_process calls the processes that are tests, but for those that it only has a command line of: one of these is
// found by any part of it. `more`: names from ctest's list.
using TestNames = std::map<Upid, std::string>;
TestNames test_names(const LogFile& log, const std::vector<TestCommand>& more = {});
TestNames all_test_names(const LogFile& log);  // with those

Selection selection_of(const LogFile& log, const ParsedOptions& options);

}  // namespace recount
