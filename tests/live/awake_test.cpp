// Whether a processor is kept awake, by the waits that were measured; and that the thread which does it comes and goes.

#include "tests/support/catch.hpp"
#include "tracer/base/clock.hpp"
#include "tracer/stop/awake_choice.hpp"
#include "tracer/stop/awake_processors.hpp"

namespace recount::test {
namespace {

constexpr std::int64_t kUs = 1000;

// Waits as they would be on a machine where they take so long without and with; returns how many of them were awake.
std::size_t run(AwakeChoice& choice, std::size_t waits, std::int64_t plain_ns, std::int64_t awake_ns) {
  bool awake = false;
  std::size_t times = 0;
  for (std::size_t i = 0; i < waits; ++i) {
    times += awake ? 1 : 0;
    awake = choice.waited(awake ? awake_ns : plain_ns);
  }
  return times;
}

TEST_CASE("a processor is kept awake where that makes waits clearly shorter") {
  AwakeChoice choice(Awake::automatic);
  CHECK(run(choice, 20'000, 80 * kUs, 10 * kUs) > 19'000);
  CHECK(choice.found().awake);
  CHECK(choice.found().plain_ns == 80 * kUs);
  CHECK(choice.found().awake_ns == 10 * kUs);
}

TEST_CASE("a processor that wakes fast may sleep") {
  AwakeChoice choice(Awake::automatic);
  CHECK(run(choice, 20'000, 6 * kUs, 5 * kUs) < 1'000);
  CHECK_FALSE(choice.found().awake);
}

TEST_CASE("what was chosen on a busy machine is chosen again when that is idle, and back") {
  AwakeChoice choice(Awake::automatic);
  run(choice, 20'000, 10 * kUs, 10 * kUs);
  CHECK_FALSE(choice.found().awake);
  CHECK(run(choice, 1'000, 80 * kUs, 10 * kUs) > 800);
  CHECK(choice.found().awake);
  run(choice, 1'000, 100 * kUs, 100 * kUs);
  CHECK_FALSE(choice.found().awake);
}

TEST_CASE("long waits are the program's: nothing is kept awake after them, and nothing learnt from them") {
  AwakeChoice choice(Awake::automatic);
  CHECK(run(choice, 10'000, AwakeChoice::kShortNs, AwakeChoice::kShortNs) == 0);
  CHECK(choice.found().plain_ns == 0);
  AwakeChoice always(Awake::always);
  CHECK_FALSE(always.waited(AwakeChoice::kShortNs));
}

TEST_CASE("always and never measure nothing") {
  AwakeChoice always(Awake::always);
  CHECK(run(always, 100, kUs, kUs) == 99);
  AwakeChoice never(Awake::never);
  CHECK(run(never, 1'000, 80 * kUs, kUs) == 0);
  CHECK(never.found().plain_ns == 0);
}

TEST_CASE("the threads that keep processors awake sleep between streams of stops, and end with their owner") {
  for (int round = 0; round < 20; ++round) {
    AwakeProcessors processors(Awake::always);
    for (int stop = 0; stop < 200; ++stop)
      processors.waited(Tid{1}, stop % 50 == 0 ? 1'000 * kUs : kUs, monotonic_ns());
  }
}

}  // namespace
}  // namespace recount::test
