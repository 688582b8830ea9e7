// recount-record --count: how often each line was executed is what gcov counts, in programs that are made up at random; and exact
// with threads, signals and forks, where gcov's counters race.
//
//   RECOUNT_FIRST_SEED=7 RECOUNT_SEEDS=50 build/release/tests/count_test 'lines of made-up programs*'
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/program_maker.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/seeds.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Counts = std::map<int, std::string>;  // by line

class Counted {
 public:
  explicit Counted(const std::string& text, const std::string& flags = "-O0") {
    write(folder_.path() / "program.c", text);
    const std::string compile = RECOUNT_TEST_CC " -g -w -pthread " + flags + " program.c -o program";
    REQUIRE(run_here({"/bin/sh", "-c", compile}).status() == 0);
  }

  Ending record(const std::string& gear, const Words& arguments = {}) const { return record(Words{gear}, arguments); }
  Ending record(const Words& options, const Words& arguments = {}) const {
    const Words setup{"--source-root", folder_.path().string(), "--force", "-q", "-o", "run.db"};
    const Ending ending = record_in(folder_, setup + options + Words{"--", "./program"} + arguments);
    check_sealed(log());
    return ending;
  }

  Counts executions(const std::string& where = "1") const {
    Counts counts;
    for (const Row& row : query(log(), "SELECT line, executions FROM line_coverage WHERE " + where))
      counts[std::stoi(row[0])] = row[1];
    return counts;
  }

  // By gcov, of another build of the same program.
  Counts gcov(const std::string& arguments) const {
    const std::string counted = "mkdir -p counted && cd counted && " RECOUNT_TEST_CC
                                " -O0 -g -w -pthread --coverage ../program.c -o counted && (./counted " +
                                arguments + " >/dev/null; true) && gcov -t *.gcda";
    const Ending told = run_here({"/bin/sh", "-c", counted});
    REQUIRE(told.status() == 0);
    Counts counts;
    std::istringstream in(told.output);
    for (std::string line; std::getline(in, line);) {
      std::string count = line.substr(0, line.find(':'));
      count.erase(0, count.find_first_not_of(' '));
      const int number = std::atoi(line.substr(line.find(':') + 1).c_str());
      if (number == 0 || count == "-") continue;
      if (count.ends_with('*')) count.pop_back();
      counts[number] = count == "#####" || count == "=====" ? "0" : count;
    }
    return counts;
  }

  // The reports tell what SQL tells.
  void check_reports() const {
    Counts told, functions;
    std::map<std::string, int> names;
    const Ending lcov = run({.arguments = {RECOUNT_REPLAY, "coverage", "--format", "lcov", log()}});
    std::istringstream in(lcov.output);
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("DA:"))
        told[std::atoi(line.c_str() + 3)] = line.substr(line.find(',') + 1);
      else if (line.starts_with("FN:"))
        names[line.substr(line.find(',') + 1)] = std::atoi(line.c_str() + 3);
      else if (line.starts_with("FNDA:"))
        functions[names[line.substr(line.find(',') + 1)]] = line.substr(5, line.find(',') - 5);
    CHECK(told == executions());
    for (const auto& [line, count] : functions) CHECK(told[line] == count);
  }

  std::string text_of(int number) const {
    return lines_of(contents_of(folder_.path() / "program.c")).at(static_cast<std::size_t>(number) - 1);
  }
  std::string log() const { return folder_.file("run.db"); }
  Ending run_here(const Words& command) const {
    return run({.arguments = in_folder(folder_.path().string(), command)});
  }

 private:
  TemporaryFolder folder_;
};

// By counters in the program, and by a stop for each execution.
const std::string kCounters = "--hits=counts", kStops = "--hits=counts,ordered";

// gcc gives the nop behind a switch the line of its last break, and gcov counts both as one; likewise an empty default.
bool is_end_of_switch(const Counted& counted, int line, const std::string& count) {
  const std::string text = counted.text_of(line);
  return count == "0" && (text.find("break;") != std::string::npos || text.find("default:;") != std::string::npos);
}

// `// runs 12` stands beside a line.
Counts written(const std::string& text) {
  Counts counts;
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (const std::size_t at = line.find("// runs "); at != std::string::npos) counts[number] = line.substr(at + 8);
  }
  return counts;
}

void check_written(const Counted& counted, const std::string& text) {
  const Counts told = counted.executions();
  for (const auto& [line, count] : written(text)) {
    INFO("line " << line);
    CHECK((told.contains(line) ? told.at(line) : "no line") == count);
  }
}

}  // namespace

// Of 60 programs, 14 lines differ. gcov counts a line of a statement that has several twice, and a nop behind a switch as its last break; gcc
// gives a switch at the end of another the line of what stands before it.
TEST_CASE("lines of made-up programs are executed as often as gcov counts") {
  if (!have("gcov")) return;
  const auto first = static_cast<unsigned>(number_from_environment("RECOUNT_FIRST_SEED", 14));
  const auto seeds = static_cast<unsigned>(number_from_environment("RECOUNT_SEEDS", 8));
  const std::string gear = GENERATE(kCounters, kStops);
  std::size_t compared = 0;
  for (unsigned seed = first; seed < first + seeds; ++seed) {
    INFO("seed " << seed);
    const Counted counted(made_up_program(seed));
    const std::string argument = std::to_string(seed % 5);
    counted.record(gear, {argument});
    const Counts gcov = counted.gcov(argument);
    for (const auto& [line, count] : counted.executions()) {
      if (!gcov.contains(line) || is_end_of_switch(counted, line, count)) continue;
      INFO("line " << line);
      CHECK(count == gcov.at(line));
      ++compared;
    }
    counted.check_reports();
  }
  CHECK(compared > 200);
}

TEST_CASE("each shape of loop and condition is counted, in one line and in several") {
  const std::string text = R"(#include <stdio.h>
static int sum_to(int n) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; }  // runs 32
static int fib(int n) {                 // runs 41
  if (n < 2)                            // runs 41
    return n;                           // runs 21
  return fib(n - 1) + fib(n - 2);       // runs 20
}
int main(void) {                        // runs 1
  int s = sum_to(30) + fib(6) + fib(5); // runs 1
  for (int i = 0; i < 5; i++)           // runs 6
    s += i;                             // runs 5
  while (s > 400 && s % 2)              // runs 4
    s -= 10;                            // runs 3
  do {
    s++;                                // runs 4
  } while (s < 435);                    // runs 4
  for (;;) {
    if (--s < 430) break;               // runs 6
    if (s == 3 || s == 4)               // runs 5
      puts("never");                    // runs 0
  }
  printf("%d\n", s > 3 ? s : -s);       // runs 1
  return 0;                             // runs 1
}
)";
  const std::string gear = GENERATE(kCounters, kStops);
  const Counted counted(text);
  const Ending ending = counted.record(gear);
  CHECK(ending.output == counted.run_here({"./program"}).output);
  const Counts gcov = counted.gcov("");
  CHECK(counted.executions() == gcov);
  counted.check_reports();
}

TEST_CASE("executions cost hardly a stop, also in blocks of few bytes") {
  const std::string text = R"(#include <stdio.h>
static int seen;
static void note(int n) {
  seen += n;
}
static void pass(int n) {
  note(n);
}                               // runs 20000
static int turns(int n) {
  int sum = 0, odd = 0;
  for (int i = 0; i < n; i++) { // runs 20001
    if (i & 1)                  // runs 20000
      odd++;                    // runs 10000
    else
      sum--;                    // runs 10000
    switch (i % 4) {            // runs 20000
      case 0: sum += 2; break;  // runs 5000
      case 1: break;            // runs 5000
      default: odd--;           // runs 10000
    }
    if (sum > 100) continue;    // runs 20000
    pass(i);
  }
  return sum + odd;
}
int main(void) {
  printf("%d\n", turns(20000));
  return seen == 0;
}
)";
  const Counted counted(text);
  CHECK(counted.record(kCounters).status() == 0);
  check_written(counted, text);
  CHECK(value(counted.log(), "SELECT count(*) < 40 FROM event WHERE kind = 'signal_delivery_stop'") == "1");
}

TEST_CASE("of a loop that decides in each round, two of five blocks have counters") {
  const std::string text = R"(#include <stdio.h>
int main(void) {
  long sum = 0;
  for (long i = 0; i < 999; i++) // runs 1000
    if (i % 3 == 0)              // runs 999
      sum += i;                  // runs 333
    else
      sum ^= i;                  // runs 666
  return printf("%ld\n", sum) < 0;
}
)";
  const Counted counted(text);
  CHECK(counted.record(kCounters).status() == 0);
  check_written(counted, text);
  CHECK(value(counted.log(), "SELECT count(DISTINCT probe_id) FROM trace_line_count WHERE line IN (5, 6, 8)") == "2");
}

TEST_CASE("a log with each execution in order has the walk through the source") {
  const Counted counted(R"(static int twice(int n) {
  return 2 * n;
}
int main(void) {
  int sum = 0;
  for (int i = 0; i < 3; i++)
    if (i != 1)
      sum += twice(i);
  return sum != 4;
}
)");
  CHECK(counted.record(kStops).status() == 0);
  CHECK(run({.arguments = {RECOUNT_REPLAY, "verify", counted.log()}}).status() == 0);
  const Ending told = run({.arguments = {RECOUNT_REPLAY, "events", "--lines", "--thread", "1", counted.log()}});
  CHECK(told.errors.empty());
  std::vector<int> walk;
  std::istringstream in(told.output);
  for (std::string line; std::getline(in, line);)
    walk.push_back(std::atoi(line.substr(line.find("program.c:") + 10).c_str()));
  CHECK(walk == std::vector<int>{4, 5, 6, 7, 8, 1, 2, 8, 6, 7, 6, 7, 8, 1, 2, 8, 6, 9});
  CHECK(counted.record(kCounters).status() == 0);
  const Ending without = run({.arguments = {RECOUNT_REPLAY, "events", "--lines", counted.log()}});
  CHECK_THAT(without.errors, Catch::Matchers::ContainsSubstring("have no order and are left out"));
}

TEST_CASE("threads, signals and forks lose no execution") {
  const std::string text = R"(#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
enum { kThreads = 8, kRounds = 400 };
static volatile sig_atomic_t handled;
static volatile int stop;
static void handler(int number) {
  handled = handled + 1;
}
static int work(int a, int b) {
  int c = a * 3;              // runs 3400
  if (b & 1)                  // runs 3400
    c += 1;                   // runs 1700
  else
    c -= 1;                   // runs 1700
  c ^= b << 2;                // runs 3400
  for (int i = 0; i < 2; i++) // runs 10200
    c += i;                   // runs 6800
  return c;                   // runs 3400
}
static void *run(void *unused) {
  long sum = 0;                        // runs 8
  for (int i = 0; i < kRounds; i++)    // runs 3208
    sum += work(i, i);                 // runs 3200
  return (void *)sum;                  // runs 8
}
static void *disturb(void *unused) {
  while (!stop) {
    kill(getpid(), SIGUSR1);
    usleep(300);
  }
  return 0;
}
int main(void) {
  signal(SIGUSR1, handler);
  pthread_t threads[kThreads], disturber;
  pthread_create(&disturber, 0, disturb, 0);
  for (int i = 0; i < kThreads; i++) pthread_create(&threads[i], 0, run, 0);
  for (int child = 0; child < 4; child++)
    if (fork() == 0) {
      long sum = 0;
      for (int i = 0; i < 50; i++) sum += work(i, i);
      _exit(sum == 1);
    }
  for (int child = 0; child < 4; child++) while (wait(0) < 0) {}
  for (int i = 0; i < kThreads; i++) pthread_join(threads[i], 0);
  while (!handled) usleep(100);
  stop = 1;
  pthread_join(disturber, 0);
  return 0;
}
)";
  const std::string gear = GENERATE(kCounters, kStops);
  const Counted counted(text);
  CHECK(counted.record(gear).status() == 0);
  check_written(counted, text);
  CHECK(value(counted.log(), "SELECT MIN(exact) FROM line_coverage") == "1");
  counted.check_reports();
}

TEST_CASE("counts go on in a program that has traced a child of vfork(2)") {
  const std::string text = R"(#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
static int turns(int n) {
  int sum = 0;                  // runs 2
  for (int i = 0; i < n; i++)   // runs 6002
    sum += i & 3;               // runs 6000
  return sum;                   // runs 2
}
int main(void) {
  int sum = turns(1000), status = 0;
  pid_t child = vfork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execl("/bin/true", "true", (char *)0);
    _exit(1);
  }
  waitpid(child, &status, 0);
  ptrace(PTRACE_CONT, child, 0, 0);
  waitpid(child, &status, 0);
  return status != 0 || sum + turns(5000) != 9000;
}
)";
  const std::string gear = GENERATE(kCounters, kStops);
  const Counted counted(text);
  CHECK(counted.record(gear).status() == 0);
  check_written(counted, text);
}

TEST_CASE("a counted instruction that faults does so in the program, and what runs then is the program's own") {
  const std::string text = R"(#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
static sigjmp_buf back;
static void *volatile at;
static void handler(int number, siginfo_t *info, void *context) {
  printf("%d %d\n", number, info->si_addr == at);
  siglongjmp(back, 1);
}
static int *volatile place;
int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, 0);
  int *page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 6; i++) {
    at = place = i % 2 ? 0 : page;
    if (sigsetjmp(back, 1)) continue;
    *place += 1;
    puts("unreached");
  }
  return 0;
}
)";
  const std::string gear = GENERATE(kCounters, kStops);
  const Counted counted(text);
  CHECK(counted.record(gear).output == counted.run_here({"./program"}).output);
  counted.check_reports();
}

TEST_CASE("with a limit a place is counted that often in each program, and said to run at least so often") {
  const std::string text = R"(#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
  int s = 0;
  for (int i = 0; i < 100; i++)
    s += i;
  if (count == 1)
    execl("./program", "program", "again", (char *)0);
  return s != 4950;
}
)";
  const Counted counted(text);
  CHECK(counted.record({kStops, "--count-limit", "7"}).status() == 0);
  CHECK(query(counted.log(), "SELECT executions, exact FROM line_coverage WHERE line IN (4, 6) ORDER BY line") ==
        std::vector<Row>{{"2", "1"}, {"14", "0"}});
  const Ending annotated = run({.arguments = {RECOUNT_REPLAY, "coverage", "--format", "annotate", counted.log()}});
  CHECK_THAT(annotated.output, Catch::Matchers::ContainsSubstring(">=14:    6:"));
  counted.check_reports();
}

TEST_CASE("a compacted or merged log tells the same counts") {
  const std::string text = R"(#include <sys/wait.h>
#include <unistd.h>
static int twice(int a) {
  return 2 * a;
}
int main(void) {
  for (int child = 0; child < 3; child++)
    if (fork() == 0) {
      int s = 1;
      for (int i = 0; i < 4; i++) s = twice(s);
      _exit(s != 16);
    }
  while (wait(0) > 0) {}
  return 0;
}
)";
  const std::string gear = GENERATE(kCounters, kStops);
  const Counted counted(text);
  CHECK(counted.record(gear).status() == 0);
  const auto lcov = [&](const std::string& log) {
    return run({.arguments = {RECOUNT_REPLAY, "coverage", "--format", "lcov", log}}).output;
  };
  const std::string small = counted.log() + ".small", both = counted.log() + ".both";
  CHECK(run({.arguments = {RECOUNT_REPLAY, "compact", counted.log(), "-o", small}}).status() == 0);
  CHECK(lcov(small) == lcov(counted.log()));
  CHECK(value(counted.log(), "SELECT executions FROM line_coverage WHERE line = 4") == "12");
  const std::string first = counted.log() + ".first";
  std::filesystem::copy_file(counted.log(), first);
  CHECK(counted.record(gear).status() == 0);
  CHECK(run({.arguments = {RECOUNT_REPLAY, "merge", "-o", both, first, counted.log()}}).status() == 0);
  CHECK(value(both, "SELECT executions FROM line_coverage WHERE line = 4") == "24");
  CHECK_THAT(lcov(both), Catch::Matchers::ContainsSubstring("DA:4,24\n"));
}

TEST_CASE("only lines of files that a glob names are counted") {
  const TemporaryFolder folder;
  write(folder.path() / "a.c", "int other(int);\nint main(void) {\n  return other(3) + other(4) != 14;\n}\n");
  write(folder.path() / "b.c", "int other(int a) {\n  return 2 * a;\n}\n");
  const auto here = [&](const Words& command) {
    return run({.arguments = in_folder(folder.path().string(), command)});
  };
  REQUIRE(here({"/bin/sh", "-c", RECOUNT_TEST_CC " -g -O0 a.c b.c -o program"}).status() == 0);
  const Words setup{"--source-root", folder.path().string(), "-q", "-o", "run.db"};
  CHECK(record_in(folder, setup + Words{"--count=b.c", "--", "./program"}).status() == 0);
  check_sealed(folder.file("run.db"));
  CHECK(query(folder.file("run.db"), "SELECT line, executions FROM line_coverage WHERE file LIKE '%/b.c'") ==
        std::vector<Row>{{"1", "2"}, {"2", "2"}});
  CHECK(query(folder.file("run.db"), "SELECT DISTINCT executions FROM line_coverage WHERE file LIKE '%/a.c'") ==
        std::vector<Row>{{"null"}});
}

}  // namespace recount::test
