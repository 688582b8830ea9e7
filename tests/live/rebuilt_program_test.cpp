// A program that is built anew between two execs of one run is two images, each with its own lines.
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace recount::test;

TEST_CASE("a program that is rebuilt during a run is two images") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("one.c")) << "int main(void) {\n  return 0;\n}\n";
  std::ofstream(folder.file("two.c")) << "int main(void) {\n  int a = 1;\n  a -= 1;\n  return a;\n}\n";
  const std::string dir = folder.path().string();
  for (const char* const name : {"one", "two"}) {
    const std::string source = folder.file(std::string(name) + ".c");
    REQUIRE(run({.arguments = {RECOUNT_TEST_CC, "-g", "-O0", "-o", folder.file(name), source}}).status() == 0);
  }
  const std::string script =
      "cd '" + dir + "' && cp one prog && ./prog && cp two new && mv new prog && ./prog && ./prog";
  const Ending ending = run({.arguments = {RECOUNT_RECORD, "-q", "--source-root", dir, "-o", folder.file("run.db"),
                                           "--", "/bin/sh", "-c", script}});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  const std::string log = folder.file("run.db");
  CHECK(value(log, "SELECT count(*) FROM image WHERE path LIKE '%/prog' AND probes > 0") == "2");
  const std::string lines =
      "SELECT group_concat(line) FROM (SELECT DISTINCT line FROM line_coverage WHERE file LIKE '%/";
  CHECK(value(log, lines + "one.c' AND hits > 0 ORDER BY line)") == "1,2");
  CHECK(value(log, lines + "two.c' AND hits > 0 ORDER BY line)") == "1,2,3,4");
  CHECK(value(log, "SELECT count(DISTINCT image_id) FROM exec WHERE path LIKE '%/prog'") == "2");
}
