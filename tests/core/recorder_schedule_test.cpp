// Schedules that go through the real recorder and the real writer of the log: what a seed makes up is recorded into a file, and the
// analyzer, which knows the file alone, decides everything again.
//
// RECOUNT_RECORDER_SEEDS says how many seeds (200), RECOUNT_FIRST_SEED where to begin (1).
#include <cstdlib>
#include "tests/support/catch.hpp"

#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/seeds.hpp"
#include "tests/support/simulated_tracees.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracer/recorder.hpp"

namespace recount::test {
namespace {

Recorder::Outcome record_seed(simulated::Run& run, const std::string& path) {
  simulated::SimulatedTracees tracees(run);
  const Rules& rules = run.plan().rules;
  OutputFile file(path, false);
  file.fill(empty_log({{"program"}, {"/src"}, rules.plants, ProbesPer::line, true, rules, {}, {}}));
  file.publish();
  LogWriter log(path);
  Machine machine(rules);
  const Recorder::Setup setup{.sources = SourceFilter({"/src"}, {}, {}, {}), .quiet = true, .keep_sources = false};
  Recorder recorder(setup, machine, tracees, file, log);
  recorder.run();
  run.answered();
  run.over();
  const Recorder::Outcome& outcome = recorder.outcome();
  file.keep();
  CHECK(log.finish({outcome.broken.empty() ? "complete" : "aborted", outcome.duration_ns, outcome.events}));
  return outcome;
}

TEST_CASE("what the recorder makes of a schedule is a log that is decided alike again", "[schedule]") {
  const std::uint64_t first = number_from_environment("RECOUNT_FIRST_SEED", 1);
  const std::uint64_t count = number_from_environment("RECOUNT_RECORDER_SEEDS", 200);
  const TemporaryFolder folder;
  std::uint64_t events = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("seed " << seed);
    simulated::Run run(seed);
    const std::string path = folder.file(std::to_string(seed) + ".db");
    const Recorder::Outcome outcome = record_seed(run, path);
    CHECK(outcome.broken.empty());
    CHECK(outcome.events == run.rows());
    const Ending verdict = replay({"verify", path});
    INFO(verdict.output << verdict.errors);
    CHECK(verdict.status() == 0);
    CHECK(value(path, "SELECT COUNT(*) FROM trace_event") == std::to_string(run.rows()));
    events += outcome.events;
  }
  CHECK(events > 20 * count);  // so that there was something to record
}

}  // namespace
}  // namespace recount::test
