// The line of progress, on a terminal and elsewhere.

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Words = std::vector<std::string>;

struct Sample {
  Sample() {
    LogBuilder builder(log);
    builder.spawned(100);
    builder.exec(100, R"(["busy"])");
    for (int i = 0; i < 2000; ++i) builder.signal(100, 10);
    builder.exited(100, 0);
    builder.echild();
    builder.finish();
  }

  // What the terminal gets, with the delay at 0.
  std::string screen(const Words& arguments, const std::string& redirection = "", Words environment = {}) const {
    std::string line;
    for (const std::string& word : arguments) line += " " + quoted(word);
    environment.insert(environment.begin(), {"TERM=xterm", "RECOUNT_PAGER=", "RECOUNT_PROGRESS_DELAY=0"});
    Terminal terminal(
        {.arguments = {"/bin/sh", "-c", RECOUNT_REPLAY + line + redirection}, .environment = environment});
    CHECK(terminal.wait() == 0);
    return terminal.screen();
  }

  TemporaryFolder folder;
  std::string log = folder.file("log");
};

TEST_CASE("a terminal gets one line of progress, which is gone before the report") {
  const Sample sample;
  const std::string screen = sample.screen({"verify", sample.log});
  CHECK_THAT(screen, ContainsSubstring(" %, reading " + sample.log.substr(0, 10)) &&
                         ContainsSubstring("\r\x1b[K" + sample.log + ": "));
  const std::string shown = screen.substr(0, screen.find("\r\x1b[K"));
  CHECK(shown.find('\n') == std::string::npos);
  CHECK(screen.find(" %", screen.find("\r\x1b[K")) == std::string::npos);
}

TEST_CASE("no line is shown elsewhere, or where it would spoil the report") {
  const Sample sample;
  CHECK_THAT(sample.screen({"verify", "-q", sample.log}), !ContainsSubstring(" %"));
  CHECK_THAT(sample.screen({"verify", sample.log}, "", {"TERM=dumb"}), !ContainsSubstring(" %"));
  CHECK_THAT(sample.screen({"verify", sample.log}, " 2>&1 | cat"), !ContainsSubstring(" %"));
  CHECK_THAT(sample.screen({"events", sample.log}), !ContainsSubstring("reading"));
  CHECK_THAT(sample.screen({"events", sample.log}, " >" + sample.folder.file("out")), ContainsSubstring(" %, reading"));
  CHECK_THAT(sample.screen({"export", "--format", "jsonl", "-o", sample.folder.file("out"), sample.log}),
             ContainsSubstring(" %, reading"));
  CHECK_THAT(sample.screen({"verify", sample.log}, "", {"RECOUNT_PROGRESS_DELAY=100"}), !ContainsSubstring(" %"));
}

TEST_CASE("merging and asking, whose length nobody knows, show seconds") {
  const Sample sample, other;
  CHECK_THAT(sample.screen({"merge", "-o", sample.folder.file("all"), sample.log, other.log}),
             ContainsSubstring("0 s, merging"));
  CHECK_THAT(sample.screen({"query", "-o", sample.folder.file("rows"), sample.log, "@signals"}),
             ContainsSubstring("0 s, asking"));
}

}  // namespace
}  // namespace recount::test
