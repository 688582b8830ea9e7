// Tests that run inside one process, by what their framework prints of them.
//
//   SaidTests tests;
//   OutputLines lines(history, [&](const OutputLine& line) { tests.add(line); });  ...
//   for (const SaidTest& test : tests.all(history)) ...
//
// Known are the lines of googletest, Catch2 and unittest without -v (of which only failed tests are told), cargo test, go test,
// pytest, TAP (bats, prove) and automake's test-driver. A test that a process above repeats of its child is told of the child alone;
// one that ran several times is told once, and failed if it failed once. What no framework prints so is no test: a name alone is not
// enough. One of googletest's that began and of which no line tells an end has failed, if its process did.
//
// Why a test failed is told behind its result: by Catch2 up to a blank line; by go test in deeper lines; by cargo test beneath
// "---- name stdout ----", up to a blank line; by unittest as a traceback beneath its title, up to a rule; by pytest behind the name,
// in its summary.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/recount/output_lines.hpp"

namespace recount {

struct SaidTest {
  enum class Result : std::uint8_t { passed, failed, skipped };
  std::string name;
  const char* framework = "";
  Result result = Result::passed;
  std::optional<std::int64_t> start_ns;  // where a line says that it begins
  std::optional<std::int64_t>
      duration_ns;  // as the framework measured it; without that, or of 0 ms, between the two lines
  Upid upid{};      // the process that ran it
  Seq seq = 0;      // of the write with the result
  std::vector<std::string>
      lines;  // of a failed one: what it wrote since it began, or what its framework tells of it; the last of it
  std::string message;  // of a failed one: why, in one line; "" if its framework does not say so
};

class SaidTests {
 public:
  static constexpr std::size_t kLinesMax = 20;              // of one test
  void add(const OutputLine& line);                         // in the order of the writes
  std::vector<SaidTest> all(const History& history) const;  // by seq

 private:
  struct Stream {
    std::string open;  // the test that has begun
    std::int64_t open_ns = 0;
    bool in_turn = false;            // a test ends before the next one begins: googletest's
    std::vector<std::string> lines;  // since then
    std::string header;              // Catch2's: the name, while its lines come
    int header_lines = 0;
    std::string titled;       // Catch2: whose messages these are
    bool after_rule = false;  // unittest's: a title comes
    std::optional<std::size_t>
        titled_test;  // of said_: unittest's, beneath whose title a rule comes, and then what is told of it
    std::optional<std::size_t> told;  // of said_: a failed one, of which these lines tell
  };
  void ended(const OutputLine& line, Stream& stream, SaidTest test);
  bool of_catch2(const OutputLine& line, std::string_view text, Stream& stream);
  bool goes_on_telling(std::string_view text, Stream& stream);
  void begin_telling(const OutputLine& line, std::string_view name, Stream& stream);
  std::vector<SaidTest> cut_short(const History& history) const;

  std::map<OutputStream, Stream> streams_;
  std::vector<SaidTest> said_;
};

}  // namespace recount
