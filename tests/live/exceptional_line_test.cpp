// Lines that only an exception leads to are told from others that did not run: the same as gcov writes ===== for.
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::string kSource = R"(#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>
struct Guard {
    ~Guard() { std::puts("left"); }
};
int risky(int n)
{
    if (n > 5)
        throw std::runtime_error("big");
    return n;
}
int caught(int n)
{
    Guard guard;
    try {
        return risky(n);
    } catch (const std::runtime_error& e) {
        std::puts(e.what());
        if (n == 7)
            std::puts("seven");
        return -1;
    } catch (...) {
        std::puts("other");
        throw;
    }
}
std::string named(int v)
{
    std::string s = "x";
    std::vector<std::string> all{"a", "b", s};
    for (auto& one : all)
        s += one;
    if (v > 100)
        throw v;
    return s;
}
int main(int argc, char**)
{
    int sum = caught(argc > 1 ? 9 : 2);
    return sum + named(2).size() > 3 ? 0 : 1;
}
)";

using Numbers = std::set<int>;

// The lines with this mark in a text in the columns of gcov.
Numbers marked(const std::string& annotated, const std::string& mark) {
  const std::regex row("^ *([^:]*): *([0-9]+):.*");
  Numbers lines;
  std::istringstream in(annotated);
  std::smatch found;
  for (std::string line; std::getline(in, line);)
    if (std::regex_match(line, found, row) && found[1] == mark && found[2] != "0") lines.insert(std::stoi(found[2]));
  return lines;
}

Numbers asked(const std::string& log, const std::string& where) {
  Numbers lines;
  for (const Row& row : query(log, "SELECT line FROM line_coverage WHERE " + where)) lines.insert(std::stoi(row[0]));
  return lines;
}

std::string coverage(const std::string& log, const std::string& format) {
  return replay({"coverage", log, "--format", format}).output;
}

}  // namespace

TEST_CASE("what only an exception leads to is marked as gcov marks it", "[live]") {
  const std::string argument = GENERATE("", "9");
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), program = folder.file("program");
  write(folder.file("program.cpp"), kSource);
  const auto here = [&](const std::string& command) {
    const Ending ending = run({.arguments = {"/usr/bin/env", "-C", folder.path().string(), "sh", "-c", command}});
    REQUIRE(ending.status() == 0);
    return ending.output;
  };
  here(RECOUNT_TEST_CXX " -O0 -g -w program.cpp -o program");
  here("mkdir gcov && cd gcov && " RECOUNT_TEST_CXX " -O0 -g -w --coverage ../program.cpp -o counted && ./counted " +
       argument + " >told; true");
  const std::string gcov = here("cd gcov && " RECOUNT_GCOV " *.gcda >told; cat program.cpp.gcov");
  std::vector<std::string> command{program};
  if (!argument.empty()) command.push_back(argument);
  record(log, command, "", {"--source-root=" + folder.path().string()});

  const std::string annotated = coverage(log, "annotate");
  const Numbers exceptional = marked(annotated, "=====");
  CHECK(exceptional.size() > 1);
  CHECK(exceptional == marked(gcov, "====="));
  CHECK(marked(annotated, "#####") == marked(gcov, "#####"));
  CHECK(asked(log, "exceptional = 1 AND hits = 0") == exceptional);
  CHECK(marked(annotated, "#####") == asked(log, "exceptional = 0 AND hits = 0"));

  const int one = *exceptional.begin();
  CHECK_THAT(coverage(log, "text"), ContainsSubstring("only by an exception: " + std::to_string(one)));
  CHECK_THAT(coverage(log, "json"), ContainsSubstring("{\"line\":" + std::to_string(one) + ",\"exceptional\":true"));
  CHECK_THAT(coverage(log, "html"), ContainsSubstring("\"exceptional\":[" + std::to_string(one) + ","));
  CHECK_THAT(replay({"why", log, "program.cpp:" + std::to_string(one)}).output,
             ContainsSubstring("only an exception that is thrown leads there"));
}

}  // namespace recount::test
