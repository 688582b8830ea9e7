// A line runs where a jump leads into the middle of its code, past where its row in the line table begins: gcc 14 has no row
// there. The arguments of an inlined call and parts of other statements have no row either, and do not belong to the line in front.
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

namespace {

// What `lines` of the program were hit, as SQL has it: "LINE, HITS".
std::vector<Row> hits_of(const std::string& source, const std::string& lines) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), program = folder.file("program"), text = folder.file("program.c");
  write(text, source);
  REQUIRE(run({.arguments = {"/usr/bin/env", RECOUNT_TEST_CC, "-O0", "-g", text, "-o", program}}).status() == 0);
  const std::string probes = GENERATE("--probes=block", "--probes=line");
  INFO(probes);
  REQUIRE(record(log, {program}, "", {probes, "--source-root=" + folder.path().string()}).status() == 0);
  return query(log, "SELECT line, hits FROM line_coverage WHERE line IN (" + lines + ") ORDER BY line");
}

}  // namespace

TEST_CASE("a line has not run where a jump leads behind it, to the arguments of a call that is inlined", "[live]") {
  const std::string source =
      R"(static inline __attribute__((always_inline)) int twice(int n) {
  return n + n;
}
static int quadruple(int n) {
  if (n == 0) {
    return 1;
  }
  return twice(twice(n));
}
static int pick(int n, int m) {
  switch (n) {
    case 1: n = m; break; case 2: m = twice(m); break;
    default: n = 0;
  }
  return n + m;
}
int main(void) {
  return quadruple(2) + pick(2, 3) == 16 ? 0 : 1;
}
)";
  CHECK(hits_of(source, "2, 5, 6, 8, 12, 13") ==
        std::vector<Row>{{"2", "1"}, {"5", "1"}, {"6", "0"}, {"8", "1"}, {"12", "1"}, {"13", "0"}});
}

TEST_CASE("the break of a default that was not taken has not run where the switch compares on behind it", "[live]") {
  const std::string source =
      R"(static int pick(int n) {
  int out = 0;
  switch (n) {
    case 98:
    case 99: out = 1; break;
    case 100:
    case 101: out = 2; break;
    case 102:
    case 103: out = 3; break;
    default:
      break;
  }
  return out;
}
int main(void) {
  return pick(100) == 2 ? 0 : 1;
}
)";
  CHECK(hits_of(source, "3, 5, 7, 9, 11") ==
        std::vector<Row>{{"3", "1"}, {"5", "0"}, {"7", "1"}, {"9", "0"}, {"11", "0"}});
}

TEST_CASE("a line has not run where a jump leads behind it, to a string that the next line copies", "[live]") {
  const std::string source =
      R"(#define _GNU_SOURCE
#include <string.h>
static char *word(char *at, int n) {
  if (n)
    at += strlen(at);
  else
    at = stpcpy(at, "none");
  return at;
}
int main(void) {
  char text[16];
  return *word(text, 0) != 0;
}
)";
  CHECK(hits_of(source, "4, 5, 7, 8") == std::vector<Row>{{"4", "1"}, {"5", "0"}, {"7", "1"}, {"8", "1"}});
}

TEST_CASE("the closing brace behind a return is no code, whatever the size of the frame", "[live]") {
  const std::string source =
      R"(static void use(char *to) { to[0] = 1; }
static int middle(void) {
  char pad[112];
  asm volatile("" : : : "rbx", "r12");
  use(pad);
  return pad[0];
}
static int large(void) {
  char pad[128];
  asm volatile("" : : : "rbx", "r12");
  use(pad);
  return pad[0];
}
int main(void) {
  return middle() + large() == 2 ? 0 : 1;
}
)";
  CHECK(hits_of(source, "6, 7, 12, 13") == std::vector<Row>{{"6", "1"}, {"12", "1"}});
}

}  // namespace recount::test
