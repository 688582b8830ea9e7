// The core's small parts: the wait status, the vocabulary, the address space.
#include <sys/wait.h>

#include <csignal>
#include <set>
#include <string>

#include "schema/machine/address_space.hpp"
#include "schema/vocabulary/event_kind.hpp"
#include "schema/vocabulary/wait_status.hpp"
#include "tests/support/catch.hpp"

using namespace recount;

namespace {

std::shared_ptr<const ProbeTable> image_with_probes() {
  auto table = std::make_shared<ProbeTable>();
  table->image = ImageId{7};
  table->first = ProbeId{10};
  table->addresses = {ImageAddress{0x1000}, ImageAddress{0x1001}, ImageAddress{0x1010}};
  table->own_int3 = {ImageAddress{0x1010}};
  return table;
}

bool is_planted(const AddressSpace& memory, std::uint64_t address) {
  const auto at = memory.find(Address{address});
  return at && at->planted;
}

}  // namespace

// --- wait status --------------------------------------------------------------------------------

TEST_CASE("a wait status says of every word what the C library's macros say", "[core]") {
  for (std::int32_t word = 0; word <= 0xffff; ++word) {
    const WaitStatus status(word);
    bool same = status.raw() == word;
    same = same && status.exited() == static_cast<bool>(WIFEXITED(word));
    same = same && status.signaled() == static_cast<bool>(WIFSIGNALED(word));
    same = same && status.stopped() == static_cast<bool>(WIFSTOPPED(word));
    same = same && status.continued() == static_cast<bool>(WIFCONTINUED(word));
    if (WIFEXITED(word)) same = same && status.exit_code() == WEXITSTATUS(word);
    if (WIFSIGNALED(word)) same = same && status.term_signal() == WTERMSIG(word);
    if (WIFSIGNALED(word)) same = same && status.core_dumped() == static_cast<bool>(WCOREDUMP(word));
    if (WIFSTOPPED(word)) same = same && status.stop_signal() == WSTOPSIG(word);
    if (!same) FAIL("wait status " << word);
  }
}

TEST_CASE("what is made for an exit code, a signal or a stop is read back", "[core]") {
  for (int code = 0; code < 256; ++code) {
    const auto status = WaitStatus::for_exit(code);
    REQUIRE((WIFEXITED(status.raw()) && WEXITSTATUS(status.raw()) == code));
    REQUIRE((status.kind() == EventKind::exited && status.ended()));
  }
  for (int signal = 1; signal <= 64; ++signal) {
    for (const bool core : {false, true}) {
      const auto status = WaitStatus::for_death(signal, core);
      REQUIRE((WIFSIGNALED(status.raw()) && WTERMSIG(status.raw()) == signal));
      REQUIRE((status.core_dumped() == core && status.kind() == EventKind::signaled && status.ended()));
    }
    const auto stop = WaitStatus::for_stop(signal);
    REQUIRE((WIFSTOPPED(stop.raw()) && WSTOPSIG(stop.raw()) == signal && stop.event() == 0));
    REQUIRE((stop.kind() == EventKind::signal_delivery_stop && !stop.ended()));
  }
}

TEST_CASE("the event of a stop names its kind", "[core]") {
  constexpr std::pair<int, EventKind> kEvents[] = {{1, EventKind::event_fork},       {2, EventKind::event_vfork},
                                                   {3, EventKind::event_clone},      {4, EventKind::event_exec},
                                                   {5, EventKind::event_vfork_done}, {6, EventKind::event_exit},
                                                   {7, EventKind::event_seccomp}};
  for (const auto& [event, kind] : kEvents) CHECK(WaitStatus::for_stop(SIGTRAP, event).kind() == kind);
  CHECK(WaitStatus::for_stop(SIGTRAP, 128).kind() == EventKind::event_stop);
  for (const int signal : {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU})
    CHECK(WaitStatus::for_stop(signal, 128).kind() == EventKind::group_stop);
  CHECK(WaitStatus::for_stop(SIGTRAP | 0x80).kind() == EventKind::syscall_stop);
  CHECK(WaitStatus(0xffff).kind() == EventKind::continued);
}

TEST_CASE("the numbers of the signals that the tracer knows are this machine's", "[core]") {
  CHECK((signals::kHup == SIGHUP && signals::kInt == SIGINT && signals::kTrap == SIGTRAP));
  CHECK((signals::kKill == SIGKILL && signals::kTerm == SIGTERM));
  CHECK((signals::kStop == SIGSTOP && signals::kTstp == SIGTSTP));
  CHECK((signals::kTtin == SIGTTIN && signals::kTtou == SIGTTOU));
}

// --- vocabulary ---------------------------------------------------------------------------------

TEST_CASE("every kind of event has one name, one number and a meaning", "[core]") {
  std::set<std::string> names;
  std::set<int> numbers;
  for (const auto& entry : kEventKinds) {
    CHECK(names.insert(std::string(entry.name)).second);
    CHECK(numbers.insert(static_cast<int>(entry.kind)).second);
    CHECK_FALSE(entry.meaning.empty());
    CHECK(name_of(entry.kind) == entry.name);
  }
  CHECK(name_of(EventKind{}) == "unknown");
}

TEST_CASE(
    "the table of kinds is complete: numbers follow each other, observations up to 32, then "
    "actions; two that are not used any more stay unused",
    "[core]") {
  std::set<int> observations, actions;
  for (const auto& entry : kEventKinds)
    (is_action(entry.kind) ? actions : observations).insert(static_cast<int>(entry.kind));
  CHECK(*observations.begin() == 1);
  CHECK(*observations.rbegin() == static_cast<int>(observations.size()));
  CHECK(*actions.begin() == 33);
  constexpr int kGivenUp = 2;  // 47 and 48
  CHECK_FALSE(actions.contains(47));
  CHECK_FALSE(actions.contains(48));
  CHECK(*actions.rbegin() == 32 + static_cast<int>(actions.size()) + kGivenUp);
}

// --- address space ------------------------------------------------------------------------------

TEST_CASE("a probe is found where its image is loaded and nowhere else", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{0x400000});
  REQUIRE(memory.find(Address{0x401001}));
  CHECK(memory.find(Address{0x401001})->probe == ProbeId{11});
  CHECK_FALSE(memory.find(Address{0x1001}));
  CHECK_FALSE(memory.find(Address{0x401002}));
  CHECK_FALSE(memory.find(Address{0x401000})->own_int3);
  CHECK(memory.find(Address{0x401010})->own_int3);
  CHECK(memory.planted() == 3);
}

TEST_CASE("a bias that wraps around is added as the loader adds it", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{~std::uint64_t{0} - 0xfff});  // -0x1000
  CHECK(is_planted(memory, 0x0));
  CHECK(is_planted(memory, 0x10));
}

TEST_CASE("a probe is lifted once, for good, and is still known as ours", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{0});
  memory.lift(Address{0x1000});
  memory.lift(Address{0x1000});
  memory.lift(Address{0x1002});  // nobody's
  CHECK_FALSE(is_planted(memory, 0x1000));
  CHECK(memory.find(Address{0x1000}));
  CHECK(is_planted(memory, 0x1001));
  CHECK(memory.lifted() == 1);
  CHECK(memory.planted() == 2);
}

TEST_CASE("a copy has what was lifted before, and goes its own way after", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{0});
  memory.lift(Address{0x1000});
  const auto copy = memory.copy();
  memory.lift(Address{0x1001});
  CHECK_FALSE(is_planted(*copy, 0x1000));
  CHECK(is_planted(*copy, 0x1001));
  copy->lift(Address{0x1010});
  CHECK(is_planted(memory, 0x1010));
}

TEST_CASE("a copy of a memory that was cleaned may still have the bytes, all of them lifted", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{0});
  memory.lift_all({ImageId{7}, LoadBias{0}});
  CHECK(memory.planted() == 0);
  CHECK(memory.planted_images().empty());
  CHECK_FALSE(is_planted(memory, 0x1001));
  const auto copy = memory.copy();
  CHECK(copy->planted_images().size() == 1);
  CHECK(copy->planted() == 0);
  REQUIRE(copy->find(Address{0x1001}));
  CHECK_FALSE(is_planted(*copy, 0x1001));
}

TEST_CASE("what stands in a memory is what the loader's list says, known or new", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{0});
  memory.lift(Address{0x1000});
  const Placed here{ImageId{7}, LoadBias{0}}, again{ImageId{7}, LoadBias{0x9000}};
  CHECK(memory.remap({here, again}) == std::vector{again});
  CHECK(memory.lifted() == 1);
  memory.map(image_with_probes(), LoadBias{0x9000});
  CHECK(is_planted(memory, 0xa000));
  CHECK(memory.remap({again}).empty());
  CHECK_FALSE(memory.find(Address{0x1000}));
  CHECK(is_planted(memory, 0xa000));
}

TEST_CASE("an image that is not mapped any more has no probes", "[core]") {
  AddressSpace memory;
  memory.map(image_with_probes(), LoadBias{0});
  memory.unmap({ImageId{8}, LoadBias{0}});
  memory.unmap({ImageId{7}, LoadBias{0x1000}});
  CHECK(memory.find(Address{0x1000}));
  memory.unmap({ImageId{7}, LoadBias{0}});
  CHECK_FALSE(memory.find(Address{0x1000}));
  CHECK(memory.planted() == 0);
  CHECK(memory.planted_images().empty());
}
