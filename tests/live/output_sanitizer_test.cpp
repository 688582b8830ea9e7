// What sanitizers report is in the log, by gcc's libraries and by clang's code in the program, and reports begin with it.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Report {
  std::string sanitizer, code, head;
};

// Each in line 4. The second one is behind frames of the sanitizer's own.
const std::vector<Report> kReports{
    {"address", "char* volatile p = malloc(9);\np[9] = 1;\n", "AddressSanitizer: heap-buffer-overflow"},
    {"address", "char* volatile p = malloc(9);\nmemset(p, 1, 10);\n", "AddressSanitizer: heap-buffer-overflow"},
    {"undefined", "volatile int n = 2147483647;\nn = n + argc;\n", "runtime error: signed integer overflow"}};

TEST_CASE("what a sanitizer reports is in the log, and the place is found in it") {
  const std::string compiler = GENERATE("gcc", "clang");
  if (!have(compiler)) return;
  for (const Report& report : kReports) {
    INFO(compiler << " -fsanitize=" << report.sanitizer);
    const TemporaryFolder folder;
    const std::string log = folder.file("run.db"), program = folder.file("program");
    write(folder.file("main.c"), "#include <stdlib.h>\n#include <string.h>\nint main(int argc, char** argv) { " +
                                     report.code + "return 3; }\n");
    REQUIRE(run({.arguments = {compiler, "-g", "-w", "-fsanitize=" + report.sanitizer, "-o", program,
                               folder.file("main.c")}})
                .status() == 0);
    const Words command{"env", "ASAN_OPTIONS=detect_leaks=0", program};
    const Ending untraced = run({.arguments = command});
    const Ending traced = record(log, command, "", {"--output=all", "--source-root", folder.path().string()});
    CHECK(traced.status() == untraced.status());
    CHECK_THAT(traced.errors, ContainsSubstring(report.head));
    CHECK(value(log, "SELECT group_concat(text, '') FROM (SELECT text FROM output WHERE fd = 2 ORDER BY seq)") ==
          traced.errors);
    CHECK(value(log, "SELECT group_concat(DISTINCT output_seen) FROM process") == "1");
    const Ending failures = run({.arguments = {RECOUNT_REPLAY, "failures", log, "--all"}});
    CHECK_THAT(failures.output, ContainsSubstring("a check failed at " + folder.file("main.c") + ":4"));
    CHECK_THAT(run({.arguments = {RECOUNT_REPLAY, "summary", log}}).output, ContainsSubstring(report.head));
  }
}

}  // namespace
}  // namespace recount::test
