// Long text on a terminal goes through a pager; nothing else does.
#include <algorithm>
#include <fstream>

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
    for (int i = 0; i < 20'000; ++i) builder.signal(100, 10);
    builder.exited(100, 3);
    builder.echild();
    builder.finish();
  }

  // A pager that says that it is there: what it reads it prints in brackets.
  std::string screen(const Words& arguments, Words environment = {}, int status = 0,
                     const std::string& redirection = "") const {
    std::string line;
    for (const std::string& word : arguments) line += " " + quoted(word);
    environment.insert(environment.begin(), {"TERM=xterm", "PAGER=sed 's/.*/<&>/'", "NO_COLOR="});
    Terminal terminal(
        {.arguments = {"/bin/sh", "-c", RECOUNT_REPLAY + line + redirection}, .environment = environment});
    CHECK(terminal.wait() == status);
    return terminal.screen();
  }

  TemporaryFolder folder;
  std::string log = folder.file("log");
};

TEST_CASE("text for a terminal goes through the pager, in its colours, and the status is the command's") {
  const Sample sample;
  CHECK_THAT(sample.screen({"summary", sample.log}),
             ContainsSubstring("<  1 process") && ContainsSubstring("\x1b[") && ContainsSubstring(">\r\n"));
  CHECK_THAT(sample.screen({"events", sample.log}), ContainsSubstring("<1 ") || ContainsSubstring("echild"));
  CHECK_THAT(sample.screen({"diff", sample.log, sample.log}), ContainsSubstring("<"));
  tamper(sample.log, "UPDATE trace_event SET tid = 101 WHERE seq = 5");
  CHECK_THAT(sample.screen({"verify", sample.log}, {}, 1), ContainsSubstring("<"));
}

TEST_CASE("RECOUNT_PAGER comes before PAGER, and an empty one or cat is none") {
  const Sample sample;
  CHECK_THAT(sample.screen({"summary", sample.log}, {"RECOUNT_PAGER=sed 's/.*/{&}/'"}),
             ContainsSubstring("{  1 process") && !ContainsSubstring("<  1 process"));
  CHECK_THAT(sample.screen({"summary", sample.log}, {"RECOUNT_PAGER="}), !ContainsSubstring("<  1 process"));
  CHECK_THAT(sample.screen({"summary", sample.log}, {"PAGER=cat"}), !ContainsSubstring("<  1 process"));
}

TEST_CASE("nothing else goes through it") {
  const Sample sample;
  CHECK_THAT(sample.screen({"summary", "--no-pager", sample.log}), !ContainsSubstring("<  1 process"));
  CHECK_THAT(sample.screen({"summary", "--format", "json", sample.log}), !ContainsSubstring("<{"));
  CHECK_THAT(sample.screen({"summary", sample.log}, {"TERM=dumb"}), !ContainsSubstring("<  1 process"));
  CHECK_THAT(sample.screen({"summary", sample.log}, {}, 0, " | cat"), !ContainsSubstring("<  1 process"));
  CHECK_THAT(sample.screen({"summary", "-o", sample.folder.file("out"), sample.log}),
             !ContainsSubstring("<  1 process"));
  CHECK_THAT(sample.screen({"summary", sample.folder.file("none")}, {}, 2), ContainsSubstring("cannot be opened"));
}

TEST_CASE("a pager that is closed early ends the command, without a complaint") {
  const Sample sample;
  const std::string screen = sample.screen({"events", sample.log}, {"PAGER=head -n 2"});
  CHECK(std::count(screen.begin(), screen.end(), '\n') == 2);
}

}  // namespace
}  // namespace recount::test
