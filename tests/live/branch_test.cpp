// recount-record --branches: what a log says of the ways of conditional jumps is what an oracle sees that steps through the same
// program, instruction by instruction: in programs that are made up at random, and in some that have each kind of branch.
//
//   RECOUNT_FIRST_SEED=7 RECOUNT_SEEDS=50 build/release/tests/branch_test 'ways of made-up programs*'

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "schema/vocabulary/observation.hpp"
#include "tests/support/branch_oracle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/program_maker.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

struct Claims {
  std::size_t ways = 0, taken = 0, not_taken = 0, unknown = 0, cases = 0;
};

class Built {
 public:
  Built(const std::string& text, const std::string& name) : name_(name) { std::ofstream(folder_.file(name)) << text; }

  bool is_built(const std::string& compiler) const {
    Words words;
    std::istringstream in(compiler + " -g -w " + name_ + " -o program");
    for (std::string word; in >> word;) words.push_back(word);
    return run_here(words).status() == 0;
  }

  int record(const std::string& argument, const Words& options = {}) const {
    Words words{RECOUNT_RECORD, "-q", "--no-cache", "--force", "-o", "run.db", "--branches"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", "./program", argument});
    return run_here(words).status();
  }

  // Nothing is claimed that the oracle has not seen.
  void check_claims(const std::string& argument, Claims& claims) const {
    const auto rows = query(log(),
                            "SELECT t.address, t.way, t.taken, t.line, (SELECT b.address FROM trace_branch_probe b "
                            "JOIN trace_probe p ON p.probe_id = b.probe_id WHERE p.image_id = t.image_id "
                            "AND b.jump = t.address AND b.way = t.way) "
                            "FROM trace_way_told t JOIN trace_image USING (image_id) "
                            "WHERE path LIKE '%/program' ORDER BY t.address, t.way");
    std::vector<std::uint64_t> addresses;
    for (const Row& row : rows) addresses.push_back(std::stoull(row[0]));
    const std::string program = folder_.file("program");
    const Jumps jumps = jumps_at(program, addresses);
    const TrueWays truth = ways_taken({program, argument}, jumps);
    CHECK(truth.ended);
    for (const Row& row : rows) {
      ++claims.ways;
      ++(row[2] == "null" ? claims.unknown : row[2] == "1" ? claims.taken : claims.not_taken);
      const bool is_case = std::stoi(row[1]) >= kFirstCase;
      claims.cases += is_case && row[2] != "null";
      const bool is_taken = is_case ? row[4] != "null" && truth.led.contains({std::stoull(row[0]), std::stoull(row[4])})
                                    : truth.taken.contains({std::stoull(row[0]), std::stoi(row[1])});
      const bool is_right = row[2] == "null" || (row[2] == "1") == is_taken;
      INFO("line " << row[3] << ", jump at " << row[0] << ", way " << row[1] << ": " << row[2]);
      CHECK(is_right);
    }
  }

  std::string log() const { return folder_.file("run.db"); }
  Ending run_here(const Words& command) const {
    return run({.arguments = in_folder(folder_.path().string(), command)});
  }

 private:
  TemporaryFolder folder_;
  std::string name_;
};

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* const text = std::getenv(variable);
  return text ? static_cast<unsigned>(std::stoul(text)) : otherwise;
}

constexpr int kCases = 8;  // so that some switches have a table
constexpr std::array kOptions{"-O0", "-O1", "-O2", "-O3", "-Os", "-O0 -no-pie", "-O2 -fno-pie -no-pie"};

void check_made_up(const std::string& compiler) {
  Claims claims;
  const unsigned first = number_from("RECOUNT_FIRST_SEED", 1), seeds = number_from("RECOUNT_SEEDS", 14);
  for (unsigned seed = first; seed < first + seeds; ++seed) {
    INFO("seed " << seed);
    const Built built(made_up_program(seed, kCases), "program.c");
    REQUIRE(built.is_built(compiler + " " + kOptions[seed % kOptions.size()]));
    const std::string argument = std::to_string(seed % 5);
    built.record(argument, seed % 3 == 0 ? Words{"--probes=line"} : Words{});
    built.check_claims(argument, claims);
  }
  std::cout << compiler << ": " << claims.ways << " ways, " << claims.taken << " taken, " << claims.not_taken
            << " not, " << claims.unknown << " not known; " << claims.cases << " of cases\n";
  CHECK(claims.cases > 0);
  CHECK(claims.taken > 0);
  CHECK(claims.not_taken > 0);
  CHECK(claims.unknown * 5 < claims.ways);
}

// Of lines on which both have as many branches, how many of them were taken is the same: the tool says so.
void check_like_gcov(unsigned seed) {
  const std::string text = made_up_program(seed);
  const Built built(text, "program.c");
  REQUIRE(built.is_built(RECOUNT_TEST_CC + std::string(" -O0")));
  built.record("2");
  REQUIRE(built
              .run_here({"/bin/sh", "-c",
                         "mkdir counted && cd counted && " RECOUNT_TEST_CC
                         " -O0 -g -w --coverage ../program.c -o counted && (./counted 2; true)"})
              .status() == 0);
  const Ending told =
      built.run_here({std::string(RECOUNT_SOURCES) + "/tools/compare-gcov-branches", "--list", "run.db", "counted"});
  INFO("seed " << seed << "\n" << told.output << told.errors);
  CHECK(told.status() == 0);
  CHECK_THAT(told.output, Catch::Matchers::ContainsSubstring("the same: "));
}

// The ways of a line, in order: 1, 0 and ?.
std::string ways(const std::string& log, const std::string& line) {
  std::string text;
  for (const Row& row : query(log, "SELECT taken FROM branch WHERE line = " + line + " ORDER BY branch"))
    text += row[0] == "null" ? "?" : row[0];
  return text;
}

// `// ways 1001` stands beside a line: each way in order, fallen into first.
void check_written(const std::string& text, const std::string& compiler, const std::string& argument = "1") {
  const Built built(text, "program.c");
  REQUIRE(built.is_built(compiler));
  built.record(argument);
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::size_t at = line.find("// ways ");
    const std::string expected = at == std::string::npos ? "" : line.substr(at + 8);
    INFO(number << ": " << line);
    CHECK(ways(built.log(), std::to_string(number)) == expected);
  }
  Claims claims;
  built.check_claims(argument, claims);
}

}  // namespace

TEST_CASE("ways of made-up programs are those that were taken") { check_made_up(RECOUNT_TEST_CC); }

TEST_CASE("ways of made-up programs by clang are those that were taken", "[clang]") {
  if (!have("clang")) return;
  check_made_up("clang");
}

TEST_CASE("as many ways of a line are taken as by gcov's count, where both have as many", "[gcov]") {
  if (!have("gcov") || !have("sqlite3")) return;
  for (unsigned seed = 1; seed <= 5; ++seed) check_like_gcov(seed);
}

TEST_CASE("both ways of an if are told, with a body or without, and an edge that shares its end") {
  check_written(R"(#include <stdlib.h>
volatile int out;
static void plain(int a) {
  if (a)  // ways 10
    out = 1;
}
static void both(int a) {
  if (a)  // ways 11
    out = 1;
  out = 2;
}
static void skipped(int a) {
  if (a) out = 1;  // ways 01
}
static void either(int a) {
  if (a)  // ways 10
    out = 1;
  else
    out = 2;
}
static void never(int a) {
  if (a) out = 1;  // ways 00
}
int main(int count, char **words) {
  plain(count);
  both(count);
  both(0);
  skipped(0);
  either(count);
  if (count > 5)  // ways 01
    never(count);
  return 0;
}
)",
                RECOUNT_TEST_CC + std::string(" -O0"));
}

TEST_CASE("a switch by a table has a way to each of its places, but for those that a case falls into") {
  check_written(R"(volatile int out;
static int pick(int n) {
  switch (n) {  // ways 100010?0
  case 0: return 5;
  case 1: return 7;
  case 2: out = 1; break;
  case 3: out = 2;
  case 4: out = 3; break;
  case 5: return 9;
  default: return 1;
  }
  return 2;
}
static int holes(int n) {
  switch (n) {  // ways 111?0000
  case 10: return 5;
  case 12: return 7;
  case 13: return 8;
  case 14: return 9;
  case 16: return 10;
  }
  return 2;
}
int main(int count, char **words) {
  pick(count);
  holes(count + 7);
  holes(count + 8);
  return 0;
}
)",
                RECOUNT_TEST_CC + std::string(" -O0"));
}

TEST_CASE("each jump of && and || has two ways, and so has a ternary") {
  check_written(R"(volatile int out;
static void both(int a, int b) {
  if (a && b)  // ways 1001
    out = 1;
}
static void one(int a, int b) {
  if (a || b)  // ways 0100
    out = 1;
}
static int chosen(int a) {
  return a ? 7 : 8;  // ways 11
}
int main(void) {
  both(1, 0);
  one(1, 0);
  return chosen(1) + chosen(0) != 15;
}
)",
                RECOUNT_TEST_CC + std::string(" -O0"));
}

TEST_CASE("the ways of loops are to another round and out of it") {
  check_written(R"(volatile int out;
int main(void) {
  for (int i = 0; i < 5; i++)  // ways 11
    out = i;
  for (int i = 0; i < 3; i++) {  // ways 01
    if (i == 1) break;  // ways 11
  }
  int k = 0;
  do {
    k++;
  } while (k < 4);  // ways 11
  do {
    k++;
  } while (k < 0);  // ways 10
  return 0;
}
)",
                RECOUNT_TEST_CC + std::string(" -O0"));
}

// A watch does not stay for ever where a way is shared.
TEST_CASE("a way that shares its end is not known if a loop goes the other way too often to watch it") {
  check_written(R"(volatile int out;
int main(void) {
  for (int i = 0; i < 50; i++)  // ways 11
    if (i >= 0) out++;  // ways 10
  for (int i = 0; i < 5000; i++)  // ways 11
    if (i >= 0) out++;  // ways 1?
  for (int i = 0; i < 5000; i++)  // ways 11
    if (i < 0) out++;  // ways 01
  return 0;
}
)",
                RECOUNT_TEST_CC + std::string(" -O0"));
}

TEST_CASE("a call that does not come back, a crash and a jump out of a function leave the ways that led there") {
  check_written(R"(#include <setjmp.h>
#include <stdlib.h>
static jmp_buf back;
volatile int out;
static void jumps(int a) {
  if (a)  // ways 10
    longjmp(back, 1);
  out = 2;
}
int main(int count, char **words) {
  if (setjmp(back) == 0)  // ways 11
    jumps(count);
  int *nowhere = 0;
  if (count > 1)  // ways 10
    *nowhere = 1;
  if (out)  // ways 00
    abort();
  return 0;
}
)",
                RECOUNT_TEST_CC + std::string(" -O0"));
}

TEST_CASE("children of fork take ways that their parent did not") {
  const Built built(R"(#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
volatile int out;
static void look(int child) {
  if (child)  // line 6
    out = 1;
  out = 2;
}
int main(void) {
  const int child = fork();
  look(child == 0);
  if (child != 0) wait(0);
  return 0;
}
)",
                    "program.c");
  REQUIRE(built.is_built(RECOUNT_TEST_CC + std::string(" -O0")));
  for (const char* const scope : {"process", "fork", "run"}) {
    INFO(scope);
    CHECK(built.record("1", {"--scope", scope}) == 0);
    CHECK(ways(built.log(), "6") == "11");
  }
}

// tests/programs/copied_text.c has jumps in the text that it copies.
TEST_CASE("a program that runs a copy of its text goes on as untraced, and a way in the copy is none of its lines") {
  std::ifstream in(std::string(RECOUNT_SOURCES) + "/tests/programs/copied_text.c");
  const Built built({std::istreambuf_iterator<char>(in), {}}, "program.c");
  REQUIRE(built.is_built(RECOUNT_TEST_CC + std::string(" -O0 -I") + RECOUNT_SOURCES + "/tests/programs"));
  const Ending untraced = built.run_here({"./program"});
  const Ending traced = built.run_here({RECOUNT_RECORD, "-q", "--branches", "-o", "run.db", "--", "./program"});
  CHECK(traced.status() == 0);
  CHECK(traced.output == untraced.output);
  CHECK(ways(built.log(), "6") == "01");
  CHECK(value(built.log(), "SELECT COUNT(*) > 0 FROM trace_way WHERE way = 0") == "1");
}

TEST_CASE("without --branches a log has no branches, and nothing stops for them") {
  const Built built("int main(int n, char **w)\n{\n  if (n > 1)\n    return 0;\n  return 1;\n}\n", "program.c");
  REQUIRE(built.is_built(RECOUNT_TEST_CC + std::string(" -O0")));
  CHECK(built.run_here({RECOUNT_RECORD, "-q", "-o", "plain.db", "--", "./program", "1"}).status() == 0);
  const std::string log = built.log().substr(0, built.log().rfind('/')) + "/plain.db";
  CHECK(value(log, "SELECT COUNT(*) FROM branch") == "0");
  CHECK(value(log, "SELECT COUNT(*) FROM trace_watch WHERE kind BETWEEN 9 AND 11") == "0");
}

}  // namespace recount::test
