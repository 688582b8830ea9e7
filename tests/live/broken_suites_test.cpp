// Small suites, each broken in one way, as a CI would run them: the first failure that is named is the true one, and what it said is
// on the first screen.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

constexpr std::size_t kScreen = 30;  // lines

struct Suite {
  const char* what;
  std::map<std::string, std::string> files;  // *.c and *.cpp are compiled to programs without their endings
  Words command;
  std::string end, culprit;  // how it ended, and a part of its command line
  Words said;                // on the first screen
  Words options = {};
  std::string needs = {};  // a tool, or a module of Python
};

const std::string kSum = "int sum(int a, int b) { return a - b; }\n";
const std::string kAsserts =
    "#include <assert.h>\n" + kSum + "int main(void) {\n  assert(sum(1, 1) == 2);\n  return 0;\n}\n";
const std::string kPasses = "int main(void) { return 0; }\n";
const std::string kReadsSettings =
    "#include <stdio.h>\nint main(void) {\n  if (!fopen(\"settings.ini\", \"r\")) {\n"
    "    fprintf(stderr, \"reader: settings.ini is not there\\n\");\n    return 2;\n  }\n  return 0;\n}\n";
const std::string kWaits = "#include <unistd.h>\nint main(void) {\n  for (;;) pause();\n}\n";
const std::string kDeadlocks =
    "#include <pthread.h>\npthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;\n"
    "pthread_barrier_t both;\n"
    "void *other(void *unused) {\n  pthread_mutex_lock(&b);\n  pthread_barrier_wait(&both);\n  "
    "pthread_mutex_lock(&a);\n"
    "  return unused;\n}\n"
    "int main(void) {\n  pthread_t thread;\n  pthread_barrier_init(&both, 0, 2);\n  pthread_mutex_lock(&a);\n"
    "  pthread_create(&thread, 0, other, 0);\n  pthread_barrier_wait(&both);\n  pthread_mutex_lock(&b);\n  return "
    "0;\n}\n";

const std::vector<Suite>& suites() {
  static const std::vector<Suite> kAll{
      {"make, an assertion",
       {{"good.c", kPasses}, {"bad.c", kAsserts}, {"Makefile", "check:\n\t./good\n\t./bad\n"}},
       {"make", "check"},
       "killed by SIGABRT",
       "./bad",
       {"bad.c:4", "Assertion `sum(1, 1) == 2' failed."}},
      {"make -k, one that fails for want of a file, and one that asks for nothing",
       {{"reader.c", kReadsSettings}, {"Makefile", "all: a b\na:\n\tgrep -q x /dev/null || true\nb:\n\t./reader\n"}},
       {"make", "-k"},
       "exit code 2",
       "./reader",
       {"reader: settings.ini is not there"}},
      {"make, an error of the compiler",
       {{"part.txt", "int f(void) { return missing; }\n"},
        {"Makefile", "part.o: part.txt\n\tcc -x c -c part.txt -o $@\n"}},
       {"make"},
       "exit code 1",
       "cc1",
       {"part.txt:1", "undeclared (first use"}},
      {"make, an error of the linker",
       {{"part.txt", "int f(void); int main(void) { return f(); }\n"},
        {"Makefile", "part: part.txt\n\tcc -x c part.txt -o $@\n"}},
       {"make"},
       "exit code 1",
       "ld",
       {"undefined reference to `f'"}},
      {"ctest, a crash",
       {{"good.c", kPasses},
        {"bad.c", "int main(void) {\n  int *none = 0;\n  return *none;\n}\n"},
        {"CTestTestfile.cmake", "add_test(fine \"./good\")\nadd_test(breaks \"./bad\")\n"}},
       {"ctest"},
       "killed by SIGSEGV",
       "bad",
       {"SEGV_MAPERR", "bad.c:3", "return *none;"}},
      {"ctest, a test that takes too long",
       {{"slow.c", kWaits},
        {"good.c", kPasses},
        {"CTestTestfile.cmake",
         "add_test(fine \"./good\")\nadd_test(waits \"./slow\")\nset_tests_properties(waits PROPERTIES TIMEOUT 1)\n"}},
       {"ctest"},
       "killed by SIGKILL",
       "slow",
       {"Timeout", "slow.c:3"}},
      {"a deadlock, ended by --timeout",
       {{"locks.c", kDeadlocks}},
       {"sh", "-c", "./locks; true"},
       "timed out after 4 s",
       "./locks",
       {"deadlock", "locks.c:16", "locks.c:7"},
       {"--timeout", "4"}},
      {"timeout(1), of a program that waits",
       {{"slow.c", kWaits}},
       {"sh", "-ec", "timeout 1 ./slow"},
       "killed by SIGTERM",
       "./slow",
       {"timeout"}},
      {"a shell that stops at the first failure",
       {{"reader.c", kReadsSettings},
        {"run.sh", "set -e\ngrep -q absent run.nothing 2>/dev/null || :\n./reader\necho done\n"}},
       {"sh", "run.sh"},
       "exit code 2",
       "./reader",
       {"reader: settings.ini is not there", "reader.c:4"}},
      {"a pipe whose first part fails",
       {{"reader.c", kReadsSettings}},
       {"bash", "-c", "set -o pipefail; ./reader | cat"},
       "exit code 2",
       "./reader",
       {"settings.ini is not there"}},
      {"xargs, one of several",
       {{"check.sh", "test \"$1\" != 3 || { echo \"number $1 is odd\" >&2; exit 9; }\n"}},
       {"sh", "-c", "printf '1\\n2\\n3\\n4\\n' | xargs -n 1 sh check.sh"},
       "exit code 9",
       "sh check.sh 3",
       {"number 3 is odd"}},
      {"prove, a test of TAP",
       {{"t/a.t", "#!/bin/sh\necho 1..2\necho ok 1 - adds\necho not ok 2 - divides\nexit 1\n"},
        {"t/b.t", "#!/bin/sh\necho 1..1\necho ok 1 - fine\n"}},
       {"prove", "-e", "sh", "t"},
       "exit code 1",
       "t/a.t",
       {"divides"}},
      {"unittest, of Python",
       {{"test_it.py",
         "import unittest\nclass Case(unittest.TestCase):\n  def test_one(self): self.assertEqual(1, 2)\n"
         "  def test_two(self): pass\n"}},
       {"python3", "-m", "unittest"},
       "exit code 1",
       "unittest",
       {"test_it.Case.test_one", "AssertionError: 1 != 2"}},
      {"an exception that nobody catches",
       {{"throws.cpp", "#include <stdexcept>\nint main() {\n  throw std::runtime_error(\"no such gear\");\n}\n"},
        {"Makefile", "check:\n\t./throws\n"}},
       {"make", "check"},
       "killed by SIGABRT",
       "./throws",
       {"no such gear", "throws.cpp:3"}},
      {"a recursion without an end",
       {{"deep.c",
         "int deep(int n) {\n  volatile int m = n;\n  return deep(m + 1) + m;\n}\nint main(void) { return deep(0); "
         "}\n"},
        {"Makefile", "check:\n\t./deep\n"}},
       {"make", "check"},
       "killed by SIGSEGV",
       "./deep",
       {"deep.c:"}},
      {"one that another process kills",
       {{"slow.c", kWaits}},
       {"sh", "-c", "./slow & kill -9 $!; wait $!"},
       "killed by SIGKILL",
       "",
       {"sh -c"}},
      {"a library that is not there",
       {{"run.sh", "set -e\n./tool\n"}, {"tool", "#!/no/such/interpreter\n"}},
       {"sh", "run.sh"},
       "exit code 127",
       "sh run.sh",
       {"tool: not found"}},
      {"automake's parallel tests, whose driver ends with 0",
       {{"reader.c", kReadsSettings},
        {"good.c", kPasses},
        {"test-driver",
         "#!/bin/sh\n\"$1\" >\"$1.log\" 2>&1\ncode=$?\necho :test-result: $code >\"$1.trs\"\n"
         "if test $code = 0; then echo \"PASS: $1\"; else echo \"FAIL: $1\"; fi\nexit 0\n"},
        {"Makefile",
         "check: good.trs reader.trs\n\t@if grep -q ': 2' *.trs; then echo '# FAIL: 1'; exit 1; fi\n"
         "%.trs: %\n\t@./test-driver ./$*\n"}},
       {"make", "check"},
       "exit code 2",
       "./reader",
       {"reader: settings.ini is not there"}},
      {"a disk that is full",
       {{"run.sh", "set -e\ncat run.sh >/dev/full\n"}},
       {"sh", "run.sh"},
       "exit code 1",
       "cat",
       {"No space left on device"}},
      {"a server that is not there",
       {{"Makefile", "check:\n\tbash -c 'exec 3<>/dev/tcp/127.0.0.1/1'\n"}},
       {"make", "check"},
       "exit code 1",
       "bash -c",
       {"Connection refused"}},
  };
  return kAll;
}

// With tools that are not everywhere. What valgrind wrote is not in the log, since it makes its system calls itself: that is said.
const std::vector<Suite>& further_suites() {
  static const std::vector<Suite> kAll{
      {"cargo test",
       {{"Cargo.toml", "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"},
        {"src/lib.rs",
         "#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(1 + 1, 2);\n    }\n"
         "    #[test]\n    fn breaks() {\n        assert_eq!(1 - 1, 2);\n    }\n}\n"}},
       {"cargo", "test", "--offline"},
       "exit code 101",
       "deps/small-",
       {"tests::breaks", "src/lib.rs:9", "left: 0"},
       {},
       "cargo"},
      {"go test",
       {{"go.mod", "module example.test/m\ngo 1.19\n"},
        {"m.go", "package m\n\nfunc Sum(a, b int) int {\n\treturn a - b\n}\n"},
        {"m_test.go",
         "package m\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 1) != 2 {\n\t\tt.Fatal(\"bad "
         "sum\")\n\t}\n}\n"}},
       {"go", "test", "-vet=off", "."},
       "exit code 1",
       "m.test",
       {"FAIL: TestSum", "m_test.go:7: bad sum"},
       {},
       "go"},
      {"pytest",
       {{"test_sum.py", "def test_sum():\n    assert 1 - 1 == 2\n\n\ndef test_none():\n    pass\n"}},
       {"python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"},
       "exit code 1",
       "pytest",
       {"test_sum.py:2", "assert (1 - 1) == 2"},
       {},
       "pytest"},
      {"meson test",
       {{"meson.build",
         "project('p', 'c')\ntest('fine', executable('good', 'good.c'))\ntest('breaks', executable('bad', 'bad.c'))\n"},
        {"good.c", kPasses},
        {"bad.c", kAsserts}},
       {"sh", "-c", "meson setup build >/dev/null && meson test -C build"},
       "killed by SIGABRT",
       "bad",
       {"bad.c:4", "Assertion `sum(1, 1) == 2' failed.", "breaks"},
       {},
       "meson"},
      {"a leak that valgrind finds",
       {{"leaky.c",
         "#include <stdlib.h>\nint main(void) {\n  void *volatile lost = malloc(100);\n  lost = 0;\n  return 0;\n}\n"},
        {"Makefile", "check:\n\tvalgrind -q --leak-check=full --error-exitcode=9 ./leaky\n"}},
       {"make", "check"},
       "exit code 9",
       "valgrind",
       {"leaky", "what it wrote may be missing"},
       {},
       "valgrind"},
  };
  return kAll;
}

void prepare(const TemporaryFolder& folder, const Suite& suite) {
  for (const auto& [name, text] : suite.files) {
    const fs::path path = folder.file(name);
    fs::create_directories(path.parent_path());
    write(path, text, 0755);
    const bool is_c = name.ends_with(".c");
    if (!is_c && !name.ends_with(".cpp")) continue;
    const Words compile{
        is_c ? RECOUNT_TEST_CC : RECOUNT_TEST_CXX, "-g", "-O0", "-w", "-pthread", "-o", path.stem().string(), name};
    REQUIRE(run({.arguments = in_folder(folder.path().string(), compile)}).status() == 0);
  }
}

std::string first_lines(const std::string& text, std::size_t count) {
  std::istringstream in(text);
  std::string first, line;
  while (count-- > 0 && std::getline(in, line)) first += line + '\n';
  return first;
}

std::string told(const TemporaryFolder& folder, Words words) {
  words.push_back(folder.file("run.db"));
  return replay(words).output;
}

void check_first_failure(const Suite& suite) {
  INFO(suite.what);
  const TemporaryFolder folder;
  prepare(folder, suite);
  const Ending ending =
      record_in(folder, Words{"-q", "--output", "all", "-o", "run.db"} + suite.options + Words{"--"} + suite.command);
  INFO(ending.output << ending.errors);
  CHECK(ending.status() != 0);

  const std::string failures = told(folder, {"failures"}), screen = first_lines(failures, kScreen);
  INFO(failures);
  const std::string title = screen.substr(std::min(screen.size(), screen.find("\n1. ") + 1));
  CHECK_THAT(title.substr(0, title.find('\n')), ContainsSubstring(suite.end) && ContainsSubstring(suite.culprit));
  for (const std::string& words : suite.said) CHECK_THAT(screen, ContainsSubstring(words));

  const std::string summary = told(folder, {"summary"});
  INFO(summary);
  const std::size_t failed = summary.find(" failed process");
  REQUIRE(failed != std::string::npos);
  CHECK_THAT(first_lines(summary.substr(summary.find('\n', failed) + 1), 1),
             ContainsSubstring(suite.end) && ContainsSubstring(suite.culprit));

  const Json first = Json::parse(told(folder, {"failures", "--format", "json"})).at("failures").at(0);
  CHECK_THAT(first.at("argv").dump(), ContainsSubstring(suite.culprit.substr(0, suite.culprit.find(' '))));
}

TEST_CASE("of a suite that is broken, the first failure named is the true one", "[suites]") {
  check_first_failure(GENERATE(from_range(suites())));
}

TEST_CASE("of a suite that is broken under a runner that is not everywhere, likewise", "[suites]") {
  const Suite& suite = GENERATE(from_range(further_suites()));
  if (suite.needs == "pytest" ? have_module(suite.needs) : have(suite.needs)) check_first_failure(suite);
}

TEST_CASE("summary shows what diff found, and not the lines behind it", "[suites]") {
  const TemporaryFolder folder;
  write(folder.file("gold"), "1\n2\n3\n4\n5\n6\n");
  write(folder.file("out"), "1\ntwo\n3\n4\n5\n6\n");
  record_in(folder, {"-q", "--output", "all", "-o", "run.db", "--", "diff", "-u", "gold", "out"});
  CHECK_THAT(told(folder, {"summary"}), ContainsSubstring("-2\n") && ContainsSubstring("+two\n"));
  CHECK_THAT(told(folder, {"summary"}), !ContainsSubstring(" 5\n"));
}

TEST_CASE("a test that fails once and then passes is told, and the run did not fail", "[suites]") {
  const TemporaryFolder folder;
  const Suite flaky{
      "a flaky test",
      {{"flaky.sh", "if test -e second; then exit 0; fi\ntouch second\necho 'flaky.sh: no answer' >&2\nexit 3\n"},
       {"CTestTestfile.cmake", "add_test(shaky \"sh\" \"./flaky.sh\")\n"}},
      {"ctest", "--repeat", "until-pass:3"},
      "exit code 3",
      "flaky.sh",
      {"flaky.sh: no answer"}};
  prepare(folder, flaky);
  const Ending ending = record_in(folder, Words{"-q", "--output", "all", "-o", "run.db", "--"} + flaky.command);
  CHECK(ending.status() == 0);
  const std::string failures = told(folder, {"failures"});
  INFO(failures);
  for (const std::string& words : flaky.said) CHECK_THAT(failures, ContainsSubstring(words));
  CHECK_THAT(failures, ContainsSubstring(flaky.end) && ContainsSubstring("After these the run went on:"));
  CHECK_THAT(told(folder, {"tests"}),
             ContainsSubstring("passed (flaky, 2 tries)") && ContainsSubstring("sh ./flaky.sh"));
  const Json test = Json::parse(told(folder, {"tests", "--format", "json"})).at("tests").at(0);
  CHECK(test.at("status") == "passed");
  CHECK(test.at("flaky") == true);
  CHECK(test.at("tries") == 2);
  CHECK_THAT(told(folder, {"summary"}), ContainsSubstring("\npassed: nobody minded 1 failed process"));
  REQUIRE(replay({"store", "add", folder.file("store.db"), folder.file("run.db")}).status() == 0);
  CHECK(value(folder.file("store.db"), "SELECT result FROM result") == "passed");
}

TEST_CASE("what failed for good comes before a test that passed at last", "[suites]") {
  const TemporaryFolder folder;
  const Suite both{
      "a flaky test and a broken one",
      {{"flaky.sh", "if test -e second; then exit 0; fi\ntouch second\nexit 3\n"},
       {"bad.sh", "echo 'bad.sh: no gear' >&2\nexit 4\n"},
       {"CTestTestfile.cmake", "add_test(shaky \"sh\" \"./flaky.sh\")\nadd_test(broken \"sh\" \"./bad.sh\")\n"}},
      {"ctest", "--repeat", "until-pass:2"},
      "exit code 4",
      "bad.sh",
      {"bad.sh: no gear"}};
  prepare(folder, both);
  CHECK(record_in(folder, Words{"-q", "--output", "all", "-o", "run.db", "--"} + both.command).status() != 0);
  const std::string failures = told(folder, {"failures"});
  INFO(failures);
  CHECK(failures.find("bad.sh") < failures.find("flaky.sh"));
  const Json tests = Json::parse(told(folder, {"tests", "--format", "json"})).at("tests");
  CHECK(tests.at(0).at("status") == "failed");
  CHECK(tests.at(0).at("flaky") == false);
  CHECK(tests.at(0).at("tries") == 2);
}

TEST_CASE("the summary of a run that passed says in one line that nobody minded its failures", "[suites]") {
  const TemporaryFolder folder;
  const Suite quiet{
      "what configure tries",
      {{"configure", "#!/bin/sh\nfor n in 1 2 3; do sh -c \"exit $n\"; done\ngrep -q x /dev/null\nexit 0\n"}},
      {"./configure"},
      "",
      "",
      {}};
  prepare(folder, quiet);
  CHECK(record_in(folder, Words{"-q", "-o", "run.db", "--"} + quiet.command).status() == 0);
  const std::string summary = told(folder, {"summary"});
  INFO(summary);
  CHECK_THAT(summary, ContainsSubstring("\npassed: nobody minded 4 failed processes; see recount-replay failures "));
  CHECK_THAT(summary, !ContainsSubstring("exit code 1"));
}

}  // namespace
}  // namespace recount::test
