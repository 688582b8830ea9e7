// The results in a JUnit file, as `ctest --output-junit FILE` writes it: which tests there are, how
// each went, how long it took. Files of other tools are read alike, as far as they have these
// elements:
//
//   <testcase name="parser" classname="parser" time="0.12" status="run|fail|notrun|disabled">
//     <failure/> or <error/>: it failed; <skipped/>: it did not run
//
// The file may come from a stranger. It is read in pieces; a document type, and with it every
// entity that a file can define, is refused, and so is what is larger or deeper than such files
// are.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace recount {

struct JunitCase {                                    // a log calls it `name` or, as googletest does, "classname.name"
  enum class Result { run, fail, notrun, disabled };  // ctest's words; run: it passed
  std::string name, classname;
  Result result = Result::run;
  std::optional<std::int64_t> time_ns;
};

const char* word_of(JunitCase::Result result);

// In the order of the file. Throws FileError, which says the line.
std::vector<JunitCase> read_junit(std::istream& xml, const std::string& name);
std::vector<JunitCase> read_junit_file(const std::string& path);

}  // namespace recount
