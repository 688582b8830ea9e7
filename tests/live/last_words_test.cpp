// Why a program aborts, as its memory has it: with no output kept, and whatever its standard error is.
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

class AbortingProgram {
 public:
  explicit AbortingProgram(const std::string& body, const Words& options = {}) {
    const std::string head = R"(#include <cassert>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>
struct Own : std::runtime_error { using std::runtime_error::runtime_error; };
namespace shop {
struct Empty : std::exception { const char* what() const noexcept override { return "nothing left"; } };
struct Two { int n = 2; };
struct Both : Two, std::runtime_error { Both() : std::runtime_error("both") {} };
}
)";
    write(folder_.file("program.cpp"), head + body);
    const Words command{RECOUNT_TEST_CXX,           "-g", "-w", "-pthread", "-std=c++20", "-o", folder_.file("program"),
                        folder_.file("program.cpp")};
    REQUIRE(run({.arguments = command + options}).status() == 0);
  }

  std::string words(const Words& arguments = {}, const Words& options = {}) {
    const Words command = Words{folder_.file("program")} + arguments;
    const Ending untraced = run({.arguments = command});
    const Words setup{"--force", "--source-root=" + folder_.path().string()};
    check_same_behaviour(record(log(), command, "", setup + options), untraced);
    return value(log(), "SELECT coalesce(words, 'none') FROM crash");
  }
  std::string log() const { return folder_.file("run.db"); }
  std::string program() const { return folder_.file("program"); }

 private:
  TemporaryFolder folder_;
};

struct Case {
  std::string body, words;
};

const std::vector<Case> kCases{
    {"throw std::runtime_error(\"bottom\");", "uncaught std::runtime_error: bottom"},
    {"throw Own(std::string(100, 'x'));", "uncaught Own: " + std::string(100, 'x')},
    {"std::vector<int> v; v.at(3);",
     "uncaught std::out_of_range: vector::_M_range_check: __n (which is 3) >= this->size() (which is 0)"},
    {"std::filesystem::file_size(\"/nowhere\");",
     "uncaught std::filesystem::__cxx11::filesystem_error: cannot get file size: No such file or directory"},
    {"throw shop::Empty();", "uncaught shop::Empty"},
    {"throw shop::Both();", "uncaught shop::Both"},
    {"throw 42;", "uncaught int: 42"},
    {"throw \"a word\";", "uncaught char const*: a word"},
    {"quiet();", "uncaught std::logic_error: loud"},
    {"try { throw 1; } catch (int) { throw std::logic_error(\"second\"); }", "uncaught std::logic_error: second"},
    {"try { throw std::logic_error(\"over\"); } catch (...) { throw; }", "uncaught std::logic_error: over"},
    {"char* volatile p = (char*)malloc(9); free(p); free(p);", "free(): double free detected in tcache 2"},
    {"assert(argc > 5 && \"too few\");", ""},
    {"try { throw std::logic_error(\"caught\"); } catch (...) {} abort();", "none"},
    {"try { throw std::logic_error(\"caught\"); } catch (...) { abort(); }", "none"}};

TEST_CASE("what a program aborts with is in the log", "[crash][words]") {
  std::string body = "void quiet() noexcept { throw std::logic_error(\"loud\"); }\n";
  body += "int main(int argc, char** argv) {\n  switch (atoi(argv[1])) {\n";
  for (std::size_t i = 0; i < kCases.size(); ++i)
    body += "    case " + std::to_string(i) + ": { " + kCases[i].body + " } break;\n";
  body += "  }\n}\n";
  for (const Words& options : {Words{}, Words{"-static"}, Words{"-O2", "-no-pie"}}) {
    AbortingProgram program(body, options);
    for (std::size_t i = 0; i < kCases.size(); ++i) {
      INFO(kCases[i].body);
      const std::string told = program.words({std::to_string(i)});
      if (kCases[i].words == "none")
        CHECK(told == "none");
      else if (kCases[i].body.starts_with("assert"))
        CHECK_THAT(told, ContainsSubstring(": int main(int, char**): Assertion `argc > 5 && \"too few\"' failed."));
      else
        CHECK(told == kCases[i].words);
    }
  }
}

TEST_CASE("what a process calls itself when it crashes is in the log, and told where it is not its command line",
          "[crash][words]") {
  AbortingProgram program(R"(#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char** argv) {
  if (argc == 1) abort();
  if (fork() == 0) {
    const size_t room = argv[argc - 1] + strlen(argv[argc - 1]) - argv[0];
    memset(argv[0], 0, room);
    strncpy(argv[0], "shop: till 7", room);
    abort();
  }
  int status;
  wait(&status);
}
)");
  const std::string title = "SELECT title FROM crash";
  program.words({"--shop"});
  CHECK(value(program.log(), title) == "shop: till 7");
  for (const Words& report : {Words{"failures"}, Words{"summary"}})
    CHECK_THAT(replay(report + Words{program.log()}).output, ContainsSubstring("called itself: shop: till 7\n"));
  program.words();
  CHECK(value(program.log(), title) == program.program());
  CHECK_THAT(replay({"failures", program.log()}).output, !ContainsSubstring("called itself"));
}

TEST_CASE("a command line with secrets is masked where it stands once more, and is no other name", "[crash][words]") {
  AbortingProgram program("int main() { abort(); }\n");
  const std::string title = "SELECT title FROM crash";
  ::setenv("SHOP_TOKEN", "a2b4c6d8e0f1a3b5c7", 1);
  program.words({"--password=hunter2", "a2b4c6d8e0f1a3b5c7"}, {"--args=safe"});
  CHECK(value(program.log(), title) == program.program() + " --password=*** ******************");
  CHECK_THAT(replay({"failures", program.log()}).output, !ContainsSubstring("called itself"));
  program.words({"--to=a2b4c6d8e0f1a3b5c7"});
  ::unsetenv("SHOP_TOKEN");
  CHECK(value(program.log(), title) == program.program() + " --to=******************");
  CHECK_THAT(replay({"failures", program.log()}).output, !ContainsSubstring("called itself"));
}

TEST_CASE("a report begins with what a program aborted with, and names its threads", "[crash][words]") {
  AbortingProgram program(R"(#include <pthread.h>
#include <unistd.h>
void* waits(void* fd) { pthread_setname_np(pthread_self(), "waits"); char c; read(((int*)fd)[0], &c, 1); pause(); return 0; }
int main() {
  int fd[2];
  pipe(fd);
  pthread_t other;
  pthread_create(&other, nullptr, waits, fd);
  pthread_setname_np(pthread_self(), "leads");
  write(fd[1], "x", 1);
  char name[16] = "";
  while (strcmp(name, "waits") != 0) pthread_getname_np(other, name, sizeof name);
  throw std::invalid_argument("no such article");
}
)");
  CHECK(program.words() == "uncaught std::invalid_argument: no such article");
  CHECK(value(program.log(), "SELECT group_concat(name) FROM (SELECT name FROM crash_thread ORDER BY name)") ==
        "leads,waits");
  for (const Words& report : {Words{"failures"}, Words{"summary"}}) {
    const Ending told = replay(report + Words{program.log()});
    CHECK_THAT(told.output, ContainsSubstring("aborted with: uncaught std::invalid_argument: no such article"));
  }
  CHECK_THAT(replay({"failures", program.log()}).output, ContainsSubstring(" (leads) was in:"));
  CHECK_THAT(
      replay({"summary", program.log()}).output,
      Catch::Matchers::Matches("(.|\\n)*\\n +in main at /.*/program.cpp:[0-9]+  throw std::invalid_argument(.|\\n)*"));
}

TEST_CASE("a test's message in JUnit XML is what it aborted with", "[crash][words][junit]") {
  AbortingProgram program("int main() { throw std::runtime_error(\"<out of ink>\"); }");
  const Words command{program.program()};
  record(program.log(), command, "", {"--force", "--test=press"});
  CHECK_THAT(replay({"tests", "--format", "junit", program.log()}).output,
             ContainsSubstring("<testcase name=\"press\"") &&
                 ContainsSubstring(": uncaught std::runtime_error: &lt;out of ink&gt;\" type=\"end\">"));
}

TEST_CASE("a secret of the environment is masked in what a program aborts with", "[crash][words]") {
  ::setenv("SHOP_TOKEN", "tok-8Hq2LmZx91", 1);
  AbortingProgram program(
      "int main() { throw std::runtime_error(std::string(\"refused \") + getenv(\"SHOP_TOKEN\")); }");
  CHECK(program.words() == "uncaught std::runtime_error: refused **************");
  ::unsetenv("SHOP_TOKEN");
}

}  // namespace
}  // namespace recount::test
