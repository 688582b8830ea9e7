// What other witnesses than the recorder say about the lines of a test program.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace recount::test {

// From `hits N` in a comment at a line's end: line -> N.
std::map<int, int> expected_hits(const std::filesystem::path& source);

// From `gcov differs` in a comment at a line's end, with the reason above it: where gcc's line
// table and gcc's counters are known to mean different code by the same line.
std::set<int> lines_where_gcov_differs(const std::filesystem::path& source);

// From readelf: the lines of this source at which a statement starts, in that program.
std::set<int> lines_with_code(const std::string& program, const std::string& source_name);

// From gcov: runs the program, which is compiled with --coverage, and says which lines of this
// source were executed.
std::map<int, bool> executed_lines(const std::string& program, const std::string& source_name);

}  // namespace recount::test
