// What is the same in two texts: lines, by their numbers, and names that are other ones each time.
#include <string>
#include <vector>

#include "replay/text/line_map.hpp"
#include "replay/text/passing_names.hpp"
#include "tests/support/catch.hpp"

namespace recount::test {
namespace {

std::vector<std::uint32_t> mapped(const std::string& before, const std::string& after, std::uint32_t lines) {
  const LineMap map(before, after);
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t line = 1; line <= lines; ++line) {
    numbers.push_back(map.to(line));
    if (map.to(line) != 0) CHECK(map.from(map.to(line)) == line);
  }
  return numbers;
}

using Lines = std::vector<std::uint32_t>;

TEST_CASE("lines that an edit left as they are have a number in both texts", "[text]") {
  CHECK(mapped("a\nb\nc\n", "a\nb\nc\n", 3) == Lines{1, 2, 3});
  CHECK(mapped("a\nb\nc\n", "x\na\nb\nc", 3) == Lines{2, 3, 4});
  CHECK(mapped("a\nb\nc\n", "a\nB\nc\n", 3) == Lines{1, 0, 3});
  CHECK(mapped("a\nb\nc\n", "", 3) == Lines{0, 0, 0});
  CHECK(mapped("{\n}\n{\n}\n", "{\n}\nx\n{\n}\n{\n}\n", 4) == Lines{1, 2, 6, 7});
  CHECK(mapped("a\nb\nc\nd\n", "c\nd\na\nb\n", 4) == Lines{0, 0, 1, 2});
  CHECK((LineMap().to(7) == 7 && LineMap().from(7) == 7 && LineMap("a", "b").to(9) == 0));
}

TEST_CASE("texts that are too long for a table are matched between lines that each has once", "[text]") {
  std::string before, after;
  for (int i = 0; i < 4000; ++i) {
    before += "line " + std::to_string(i) + "\n}\n";
    if (i % 10 == 0) after += "more\n";
    after += (i % 7 == 0 ? "changed " : "line ") + std::to_string(i) + "\n}\n";
  }
  const LineMap map(before, after);
  for (std::uint32_t i = 0; i < 4000; ++i) {
    const std::uint32_t there = i * 2 + i / 10 + 2;
    CHECK(map.to(i * 2 + 1) == (i % 7 == 0 ? 0 : there));
  }
}

TEST_CASE("names of temporary files are folded, others are not", "[text]") {
  CHECK(without_passing_names("as -o x.o /tmp/ccK3xZ9a.s") == "as -o x.o /tmp/XXXXXX.s");
  CHECK(without_passing_names("rm '/build/tmp.aB3dE5gH1j/x'") == "rm '/build/tmp.XXXXXX/x'");
  CHECK(without_passing_names("python3 /tmp/tmp_k3x9ab1/y.py") == "python3 /tmp/tmpXXXXXX/y.py");
  CHECK(without_passing_names("/var/tmp/job-Ab12Cd/log") == "/var/tmp/job-XXXXXX/log");
  for (const char* const name : {"cc -c parser.c", "/tmp/project/x.c", "/usr/lib/x86_64-linux-gnu/libc.so.6",
                                 "ccache.conf", "gcc -DNAME=abc123def", "", "tmp.c"})
    CHECK(without_passing_names(name) == name);
}

}  // namespace
}  // namespace recount::test
