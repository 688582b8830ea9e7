// Schedules: the machine against a simulated kernel whose tasks do what they like, in any order
// that Linux allows.
//
// RECOUNT_SEEDS says how many seeds (10,000), RECOUNT_FIRST_SEED where to begin (1). A seed that
// fails is printed with its transcript, which can be kept as a scenario: RECOUNT_FIRST_SEED=<seed>
// RECOUNT_SEEDS=1 plays it again.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/seeds.hpp"
#include "tests/support/simulated_run.hpp"

using namespace recount;

namespace {

// What has to happen in ten thousand seeds, or the simulation has lost its teeth.
constexpr const char* kSituations[] = {"held answer",
                                       "exec of a thread",
                                       "adopted",
                                       "pending int3",
                                       "mend",
                                       "cont failed",
                                       "set_pc failed",
                                       "lift failed",
                                       "plant failed",
                                       "unplant failed",
                                       "detach failed",
                                       "listen",
                                       "listen failed",
                                       "recorder_signal",
                                       "recording_failed",
                                       "timer timeout",
                                       "timer orphans",
                                       "timer claim",
                                       "fact let_go",
                                       "seize failed",
                                       "echild",
                                       "fact hit",
                                       "event_vfork_done",
                                       "group_stop",
                                       "pass",
                                       "block",
                                       "inject failed",
                                       "fact trap_lost",
                                       "restore",
                                       "syscall_stop",
                                       "not followed",
                                       "root not followed",
                                       "suspend",
                                       "timer stop",
                                       "restart",
                                       "annex",
                                       "annex failed",
                                       "flag",
                                       "trip",
                                       "untrip",
                                       "unflag",
                                       "share",
                                       "arm",
                                       "retire",
                                       "rejoin",
                                       "reveal",
                                       "attached",
                                       "surveyed",
                                       "timer attach",
                                       "fact let_go to be traced"};

}  // namespace

TEST_CASE("in every schedule that the kernel allows, the machine keeps its promises", "[schedule]") {
  const std::uint64_t first = test::number_from_environment("RECOUNT_FIRST_SEED", 1);
  const std::uint64_t count = test::number_from_environment("RECOUNT_SEEDS", 10'000);
  std::uint64_t rows = 0, failures = 0;
  std::map<std::string, std::uint64_t> situations;
  for (std::uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
    simulated::Run run(seed);
    try {
      run.play();
    } catch (const std::exception& failure) {
      ++failures;
      std::cerr << "# seed " << seed << ": " << failure.what() << '\n' << run.transcript() << '\n';
      FAIL_CHECK("seed " << seed << ": " << failure.what());
    }
    rows += run.rows();
    run.count(situations);
  }
  for (const auto& [what, times] : situations) UNSCOPED_INFO(what << ": " << times);
  WARN(count << " seeds from " << first << ", " << rows << " rows");
  CHECK(failures == 0);
  if (count >= 10'000)
    for (const char* const situation : kSituations) CHECK(situations[situation] > 0);
}
