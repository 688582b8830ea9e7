// No two reports disagree about a line, whatever a probe, a signal or a failed write did: in small programs that are compiled and
// recorded here, as users do.
#include "tests/support/catch.hpp"

#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Recorded {
  explicit Recorded(const std::string& source, const Words& options = {}) {
    write(folder.path() / "f.c", source);
    REQUIRE(run({.arguments = {RECOUNT_TEST_CC, "-g", "-O0", folder.file("f.c"), "-o", folder.file("f")}}).status() ==
            0);
    const Words words = Words{"-q", "-o", log, "--source-root", folder.path().string()} + options;
    run({.arguments = recorder(words + Words{"--", folder.file("f")})});
  }
  std::string lcov() const { return replay({"coverage", "--format", "lcov", log}).output; }
  std::string why(int line) const { return replay({"why", log, "f.c:" + std::to_string(line)}).output; }

  TemporaryFolder folder;
  std::string log = folder.file("f.db");
};

const std::string kFault =
    "int main(void) {\n"
    "  int a = 1;\n"
    "  int *p = 0;\n"
    "  a = a + 2;\n"
    "  *p = a;\n"
    "  return a;\n"
    "}\n";

TEST_CASE("the line that a program died on ran, by every report", "[agreement]") {
  const Recorded fault(kFault);
  CHECK_THAT(fault.lcov(), ContainsSubstring("DA:5,1\n") && ContainsSubstring("DA:6,0\n"));
  CHECK_THAT(fault.why(5),
             ContainsSubstring("f.c:5 ran: 1 hit in 1 process") && ContainsSubstring("line before it was"));
  CHECK_THAT(fault.why(6), ContainsSubstring("did not run"));
  CHECK(joined(check_reports_agree(fault.log)).empty());
}

TEST_CASE("a probe whose byte could not be put back was hit all the same, by every report", "[agreement]") {
  const Recorded plain("int main(void) {\n  return 0;\n}\n");
  REQUIRE(run({.arguments = {"sqlite3", plain.log, "UPDATE trace_event SET error = 3 WHERE kind = 41"}}).status() == 0);
  CHECK_THAT(plain.lcov(), ContainsSubstring("DA:2,1\n"));
  CHECK_THAT(plain.why(2), ContainsSubstring("f.c:2 ran"));
  CHECK(joined(check_reports_agree(plain.log)).empty());
}

TEST_CASE("a line that a handler was entered from is told once, however often it is interrupted", "[agreement]") {
  const Recorded handled(
      "#include <signal.h>\n"
      "#include <sys/time.h>\n"
      "static volatile int rung;\n"
      "static void on_alarm(int signal) {\n"
      "  (void)signal;\n"
      "  rung = rung + 1;\n"
      "}\n"
      "int main(void) {\n"
      "  signal(SIGALRM, on_alarm);\n"
      "  struct itimerval often = {{0, 1000}, {0, 1000}};\n"
      "  setitimer(ITIMER_REAL, &often, 0);\n"
      "  while (rung < 20)\n"
      "    ;\n"
      "  return 0;\n"
      "}\n");
  CHECK(joined(check_reports_agree(handled.log)).empty());
  CHECK(value(handled.log, "SELECT COUNT(*) - COUNT(DISTINCT probe_id || '@' || address) FROM trace_reached") == "0");
  CHECK(value(handled.log, "SELECT COUNT(*) >= 20 FROM signal WHERE signal_name = 'SIGALRM'") == "1");
}

TEST_CASE("a SIGTRAP of the program's own is a signal by every report, and a probe's is none", "[agreement]") {
  const Recorded trap(
      "#include <signal.h>\n"
      "static volatile int traps;\n"
      "static void on_trap(int signal) {\n"
      "  (void)signal;\n"
      "  traps = traps + 1;\n"
      "}\n"
      "int main(void) {\n"
      "  signal(SIGTRAP, on_trap);\n"
      "  __asm__ volatile(\"int3\");\n"
      "  raise(SIGTRAP);\n"
      "  return traps == 2 ? 0 : 1;\n"
      "}\n");
  CHECK(value(trap.log, "SELECT COUNT(*) FROM signal WHERE signal_name = 'SIGTRAP'") == "2");
  CHECK_THAT(replay({"summary", "--format", "json", trap.log}).output, ContainsSubstring("\"signals\": 2"));
  CHECK(joined(check_reports_agree(trap.log)).empty());
}

}  // namespace
}  // namespace recount::test
