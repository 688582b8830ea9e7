// recount-replay scenario: what it prints is a scenario that holds.

#include "replay/reports/scenario.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace recount;
using namespace recount::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Seq last_of(const LogFile& log) {
  Statement row(log.database(), "SELECT max(seq) FROM trace_event");
  return row.step() ? static_cast<Seq>(row.integer(0)) : 0;
}

}  // namespace

TEST_CASE("a whole log is a scenario that holds") {
  const TemporaryFolder folder;
  for (const SampleLog& sample : sample_logs()) {
    const std::string path = folder.file(sample.name);
    sample.write(path);
    const LogFile log(path);
    const std::string text = scenario::of(log, 1, last_of(log));
    INFO(sample.name << "\n" << text);
    CHECK(scenario::play(text) == text);
    CHECK_THAT(text, !ContainsSubstring("the log has"));
  }
}

TEST_CASE("from each event on, a scenario holds and has the log's answers") {
  const TemporaryFolder folder;
  for (const SampleLog& sample : sample_logs()) {
    const std::string path = folder.file(sample.name);
    sample.write(path);
    const LogFile log(path);
    const Seq last = last_of(log);
    for (Seq from = 1; from <= last; ++from) {
      const std::string text = scenario::of(log, from, std::min(last, from + 12));
      INFO(sample.name << " from " << from << "\n" << text);
      CHECK(scenario::play(text) == text);
      CHECK_THAT(text, !ContainsSubstring("the log has"));
    }
  }
}

TEST_CASE("what happened before is told as far as it matters") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  {
    LogBuilder log(path);
    log.image("/bin/a", {{.address = 0x10, .file = "a.c", .lines = {1}, .function = "main"},
                         {.address = 0x20, .file = "a.c", .lines = {2}, .function = "main"},
                         {.address = 0x30, .file = "a.c", .lines = {3}, .function = "main"}});
    log.spawned(100);
    log.exec(100, R"(["a"])", ImageId{1});
    log.hit(100, 0x10);
    log.hit(100, 0x20);
    log.fork(100, 101);
    log.stop(101);
    log.exited(101, 0);
    log.hit(100, 0x20);  // late
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  const LogFile log(path);
  Statement late(
      log.database(),
      "SELECT max(cause_seq) FROM trace_event WHERE kind = (SELECT kind FROM trace_event_kind WHERE name = 'mend')");
  REQUIRE(late.step());
  const std::string text = scenario::of(log, static_cast<Seq>(late.integer(0)), last_of(log));
  INFO(text);
  CHECK(scenario::play(text) == text);
  CHECK_THAT(text, ContainsSubstring("mend 100"));
  CHECK_THAT(text,
             !ContainsSubstring("event_fork") && !ContainsSubstring("pc=0x400011") && !ContainsSubstring("probe=0x30"));
}

TEST_CASE("where the log has another answer, the scenario says so") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  tamper(path,
         "UPDATE trace_event SET value = 9, address = 1 WHERE seq = (SELECT min(seq) FROM trace_event WHERE kind ="
         " (SELECT kind FROM trace_event_kind WHERE name = 'lift'))");
  const LogFile log(path);
  const std::string text = scenario::of(log, 1, last_of(log));
  INFO(text);
  CHECK_THAT(text, ContainsSubstring("the log has"));
}

TEST_CASE("events that are not there are refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  for (const char* const wrong : {"--from=0", "--from=999999", "--to=999999", "--from=x"}) {
    const Ending result = run({.arguments = {RECOUNT_REPLAY, "scenario", path, wrong}});
    INFO(wrong << ": " << result.errors);
    CHECK(result.status() == 2);
  }
  CHECK(run({.arguments = {RECOUNT_REPLAY, "scenario", path, "--from=9", "--to=5"}}).status() == 2);
}
