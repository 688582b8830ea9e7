// What a process costs that is followed and not probed, counted in the log.
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

// For each process but the root: the stops of its own tasks, and those of its parent at its birth.
// Its end is no stop.
const std::string kStops =
    "SELECT p.upid, p.created_by, p.argv, "
    "(SELECT count(*) FROM trace_event e JOIN trace_task t ON t.utid = e.utid WHERE t.upid = "
    "p.upid AND e.kind BETWEEN 4 "
    "AND 15) AS own, "
    "(SELECT count(*) FROM trace_event e WHERE e.kind BETWEEN 7 AND 10 AND e.value = p.pid) AS "
    "birth "
    "FROM process p WHERE p.upid > 1";

void check_stops(const Words& options, const Words& command, const std::string& created_by) {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  REQUIRE(record(Words{"-q", "-o", log} + options + Words{"--"} + command).status() == 0);
  const auto all = "(" + kStops + ") WHERE created_by = '" + created_by + "'";
  CHECK(value(log, "SELECT count(*) FROM " + all) == "20");
  CHECK(value(log, "SELECT max(own) FROM " + all) == "2");  // the first, and the exec
  const std::string dear =
      value(log, "SELECT coalesce(group_concat(argv || ' ' || (own + birth), '; '), 'none') FROM " + all +
                     " AND own + birth > 4");
  CHECK(dear == "none");
  CHECK(value(log,
              "SELECT count(*) FROM event WHERE kind IN ('syscall_stop', 'event_exit', "
              "'event_seccomp')") == "0");
  check_sealed(log);
}

const std::string kTwenty = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ";

TEST_CASE("a process that is followed and not probed costs four stops or fewer", "[cost]") {
  const std::string script = kTwenty + "/bin/true; done; exit 0";
  check_stops({"--no-coverage"}, {"bash", "-c", script}, "fork");
  check_stops({"--no-coverage"}, {"dash", "-c", script}, "vfork");
  check_stops({}, {"dash", "-c", script}, "vfork");
  check_stops({}, {"bash", "-c", script}, "fork");
}

TEST_CASE("calls of sigprocmask and sigaction stop for SIGTRAP alone", "[cost]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  // It makes 18,000 of them.
  REQUIRE(record(log, {program("trap_cleared", "O0")}).status() == 0);
  CHECK(value(log, "SELECT count(*) BETWEEN 20 AND 30 FROM trace_call WHERE number IN (13, 14)") == "1");
  CHECK(value(log, "SELECT count(*) BETWEEN 3 AND 10 FROM event WHERE kind = 'arm'") == "1");
  CHECK(value(log, "SELECT count(DISTINCT kind) FROM trace_watch WHERE kind BETWEEN 14 AND 17") == "4");
  // A watch that was put in again had left before: compacted, the log says that, too.
  const Ending compacted = run({.arguments = {RECOUNT_REPLAY, "compact", log, "-o", folder.file("small.db")}});
  CHECK(compacted.errors.empty());
  CHECK(compacted.status() == 0);
}

}  // namespace
}  // namespace recount::test
