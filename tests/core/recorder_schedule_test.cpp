// Schedules that go through the real recorder and the real writer of the log: what a seed makes up is recorded into a file, and the
// analyzer, which knows the file alone, decides everything again. In some of them no file may grow any more from some row on: what
// the recorder does then is the machine's to decide, too, and what was committed stays.
//
// RECOUNT_RECORDER_SEEDS says how many seeds (200), RECOUNT_FIRST_SEED where to begin (1).
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/seeds.hpp"
#include "tests/support/simulated_tracees.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracer/recorder.hpp"

namespace recount::test {
namespace {

// Files of this process that grow beyond some bytes, which ends with the scope.
class FullDisk {
 public:
  FullDisk() { ::getrlimit(RLIMIT_FSIZE, &before_); }
  ~FullDisk() { end(); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  void begin(rlim_t bytes) const {
    std::signal(SIGXFSZ, SIG_IGN);
    limit({bytes, before_.rlim_max});
  }
  void end() const { limit(before_); }

 private:
  static void limit(const rlimit& limits) { CHECK(::setrlimit(RLIMIT_FSIZE, &limits) == 0); }
  rlimit before_{};
};

// Of a seed whose disk becomes full: less than the smallest commit needs.
constexpr std::uint64_t kJournalBytes = 1500;

struct Trouble {
  std::size_t row = 0;   // the first that comes then; 0: never
  rlim_t bytes = 0;      // that a file may have from then on
  bool is_over = false;  // before the log is sealed

  static Trouble of(std::uint64_t seed) {
    simulated::Random random(~seed);
    if (!random.chance(25)) return {};
    return {static_cast<std::size_t>(random.between(2, 60)), random.below(kJournalBytes), random.chance(50)};
  }
};

// What comes before each wait: half of the way to a full disk, so much that it is committed; there, what cannot be.
class Troubled {
 public:
  Troubled(const Trouble& trouble, LogWriter& log) : trouble_(trouble), log_(log) {}
  void before_row(std::size_t row) {
    if (trouble_.row == 0 || log_.failed()) return;
    if (row > trouble_.row / 2 && !std::exchange(has_committed_, true)) push(1000);
    if (row < trouble_.row) return;
    disk_.begin(trouble_.bytes);
    push(1);
    while (!log_.failed()) std::this_thread::yield();
  }
  void before_end() const {
    if (trouble_.is_over) disk_.end();
  }

 private:
  void push(std::size_t count) {
    std::vector<LogItem> items(count, Diagnostic{0, "info", "test", "a row", ""});
    log_.push(items);
  }

  const Trouble& trouble_;
  LogWriter& log_;
  FullDisk disk_;
  bool has_committed_ = false;
};

struct Recorded {
  Recorder::Outcome outcome;
  bool is_whole = false;
  bool is_given_up = false;  // the recorder let all go for it
};

Recorded record_seed(simulated::Run& run, const std::string& path, const Trouble& trouble) {
  simulated::SimulatedTracees tracees(run);
  const Rules& rules = run.plan().rules;
  OutputFile file(path, false);
  file.fill(empty_log({{"program"}, {"/src"}, rules.plants, ProbesPer::line, true, rules, {}, {}}));
  file.publish();
  LogWriter log(path);
  Machine machine(rules);
  const Recorder::Setup setup{.sources = SourceFilter({"/src"}, {}, {}, {}), .quiet = true, .keep_sources = false};
  Recorder recorder(setup, machine, tracees, file, log);
  Troubled troubled(trouble, log);
  tracees.are_met_by(recorder, [&] { troubled.before_row(run.rows()); });
  recorder.run();
  run.answered();
  run.over();
  troubled.before_end();
  const Recorder::Outcome& outcome = recorder.outcome();
  file.keep();
  const bool is_whole =
      log.finish({outcome.broken.empty() ? "complete" : "aborted", outcome.duration_ns, outcome.events});
  return {outcome, is_whole, tracees.has_heard_of_failure()};
}

std::uint64_t events_in(const std::string& path) {
  return std::stoull(value(path, "SELECT COUNT(*) FROM trace_event"));
}

TEST_CASE("what the recorder makes of a schedule is a log that is decided alike again", "[schedule]") {
  const std::uint64_t first = number_from_environment("RECOUNT_FIRST_SEED", 1);
  const std::uint64_t count = number_from_environment("RECOUNT_RECORDER_SEEDS", 200);
  const TemporaryFolder folder;
  std::uint64_t events = 0, given_up = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("seed " << seed);
    simulated::Run run(seed);
    const std::string path = folder.file(std::to_string(seed) + ".db");
    const Trouble trouble = Trouble::of(seed);
    const auto [outcome, is_whole, is_given_up] = record_seed(run, path, trouble);
    CHECK(outcome.broken.empty());
    CHECK(outcome.events == run.rows());
    const Ending verdict = replay({"verify", path});
    INFO(verdict.output << verdict.errors);
    CHECK(verdict.status() == 0);
    if (is_whole) CHECK(events_in(path) == run.rows());
    given_up += is_given_up ? 1 : 0;
    events += events_in(path);
    CHECK((is_whole || trouble.row != 0));
  }
  CHECK(events > 20 * count);  // so that there was something to record
  if (count >= 200) CHECK(given_up > 20);
}

}  // namespace
}  // namespace recount::test
