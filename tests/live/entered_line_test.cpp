// A line runs where a jump leads into the middle of its code, past where its row in the line table begins: gcc 14 has no row
// there.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

TEST_CASE("a line that is entered in its middle has run, and nothing else of it", "[live]") {
  const std::string source =
      R"(#define CASES case 1: if (n != 1) { n += 10; break; } n += 20; break; case 2: n += 30; break;
static int second_case(int n) {
  switch (n) {
    CASES
    default: n = 0;
  }
  return n;
}
static int no_case(int n) {
  switch (n) {
    CASES
    default: n = 0;
  }
  return n;
}
int main(void) {
  return second_case(2) + no_case(7) == 32 ? 0 : 1;
}
)";
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), program = folder.file("program");
  write(folder.file("program.c"), source);
  write(folder.file("rowless"),
        "/^\\t\\.loc/ { if ($3 == last) next; last = $3 } { print }\n");  // the first of each line
  const Ending built = run(
      {.arguments = {"/usr/bin/env", "-C", folder.path().string(), "sh", "-c",
                     RECOUNT_TEST_CC " -O0 -g -S program.c && awk -f rowless program.s >rowless.s && " RECOUNT_TEST_CC
                                     " rowless.s -o program"}});
  REQUIRE(built.status() == 0);
  const std::string probes = GENERATE("--probes=block", "--probes=line");
  INFO(probes);
  REQUIRE(record(log, {program}, "", {probes, "--source-root=" + folder.path().string()}).status() == 0);
  const auto rows = query(log, "SELECT line, hits FROM line_coverage WHERE line IN (4, 5, 11, 12) ORDER BY line");
  CHECK(rows == std::vector<Row>{{"4", "1"}, {"5", "0"}, {"11", "0"}, {"12", "1"}});
}

}  // namespace recount::test
