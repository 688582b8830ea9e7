// The process that names the frames of crashes, asked by the test instead of the process that walks.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracer/base/packing.hpp"
#include "tracer/crash/crash_names.hpp"
#include "tracer/crash/outbox.hpp"
#include "tracer/process/messages.hpp"

namespace recount::test {
namespace {

constexpr std::int32_t kThread = 5;

__attribute__((noinline)) int known_function() { return kThread; }

CrashFrame frame(const std::string& function) {
  CrashFrame frame;
  frame.address = Address{0x1234};
  frame.function = function;
  return frame;
}

struct Asked {
  Asked() {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    asks.reset(ends[0]);
    const UniqueFd answers(ends[1]);
    names = std::make_shared<CrashNames>(subject, answers.get());
  }
  void ask(std::uint64_t number, const std::string& function) const {
    NamesRequest request;
    request.crash = number;
    request.threads.push_back({kThread, {{frame(function), 0, false}}});
    REQUIRE(send_answer(asks.get(), pack(request)));
  }
  Crash crash(std::uint64_t number) const {
    Crash crash;
    crash.number = number;
    crash.names = names;
    crash.threads.push_back({Tid{kThread}, "worker", {frame("symbol")}, {}});
    return crash;
  }
  ImageSubject subject{SourceFilter({"/"}, {}, {}), DebugFolders()};
  UniqueFd asks;
  std::shared_ptr<CrashNames> names;
};

TEST_CASE("a crash gets the names that are its own, and keeps the rest", "[crash]") {
  const Asked asked;
  Crash early = asked.crash(2);
  CHECK_FALSE(asked.names->add_to(early, 0));
  asked.ask(1, "of another");
  asked.ask(2, "its own");
  Crash crash = asked.crash(2);
  CHECK(asked.names->add_to(crash, std::numeric_limits<std::int64_t>::max()));
  REQUIRE(crash.threads.size() == 1);
  CHECK(crash.threads[0].name == "worker");
  CHECK(crash.threads[0].frames.at(0).function == "its own");
  CHECK(crash.reason.empty());
  CHECK_FALSE(asked.names->has_failed());
}

TEST_CASE("what nobody names keeps the names of its symbols, and says so", "[crash]") {
  Asked asked;
  asked.asks.reset();
  for (const std::uint64_t number : {1U, 2U}) {
    Crash crash = asked.crash(number);
    CHECK(asked.names->add_to(crash, std::numeric_limits<std::int64_t>::max()));
    CHECK(crash.threads.at(0).frames.at(0).function == "symbol");
    CHECK(crash.reason == "its lines are not told: the process that names them has ended");
    CHECK(asked.names->has_failed());
  }
}

TEST_CASE("a file that was changed after the death tells nothing, and the log says so", "[crash]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("program");
  std::filesystem::copy_file("/proc/self/exe", path);
  const Asked asked;
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const FileState state = FileState::of(file.get());
  Dl_info here{};
  REQUIRE(dladdr(reinterpret_cast<const void*>(&known_function), &here) != 0);
  CrashFrame within = frame("symbol");
  within.offset =
      ImageAddress{reinterpret_cast<std::uint64_t>(&known_function) - reinterpret_cast<std::uint64_t>(here.dli_fbase)};
  for (const bool is_changed : {false, true}) {
    if (is_changed) std::ofstream(path, std::ios::app) << "more";
    NamesRequest request;
    request.crash = is_changed ? 2 : 1;
    if (!is_changed) request.files.push_back({7, path, state});
    request.threads.push_back({kThread, {{within, 7, false}}});
    REQUIRE(send_answer(asked.asks.get(), pack(request)));
    std::uint8_t nothing = 0;
    if (!is_changed) REQUIRE(send_with_fd(asked.asks.get(), {&nothing, 1}, file.get()));
    Crash crash = asked.crash(request.crash);
    CHECK(asked.names->add_to(crash, std::numeric_limits<std::int64_t>::max()));
    const std::string function = crash.threads.at(0).frames.at(0).function;
    CHECK((function == "symbol") == is_changed);
    CHECK((function.find("known_function") != std::string::npos) == !is_changed);
    CHECK(crash.reason == (is_changed ? "lines of " + path + " are not told: it was changed after that" : ""));
  }
}

TEST_CASE("what does not go at once waits, and arrives in order with its descriptors", "[crash]") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const UniqueFd other(ends[1]);
  Outbox outbox{UniqueFd(ends[0])};
  const std::string large(10'000'000, 'x');
  const ImageSubject subject{SourceFilter({"/"}, {}, {}), DebugFolders()};
  outbox.put(large);
  outbox.put_file(
      std::make_shared<CodePlaces>(UniqueFd(open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), "itself", subject));
  outbox.put("end");
  std::string come;
  outbox.send();
  CHECK_FALSE(outbox.is_empty());
  std::array<char, 1 << 16> piece{};
  while (come.size() < large.size()) {
    const ssize_t got = recv(other.get(), piece.data(), std::min(piece.size(), large.size() - come.size()), 0);
    REQUIRE(got > 0);
    come.append(piece.data(), static_cast<std::size_t>(got));
    outbox.send();
  }
  CHECK(come == large);
  CHECK(outbox.is_empty());
  std::uint8_t nothing = 0;
  CHECK(receive_with_fd(other.get(), {&nothing, 1}));
  CHECK(receive_text(other.get(), 3) == "end");
}

TEST_CASE("nothing waits for an end that has gone", "[crash]") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  Outbox outbox{UniqueFd(ends[0])};
  CHECK(outbox.takes_more());
  close(ends[1]);
  outbox.put("text");
  outbox.send();
  CHECK(outbox.is_empty());
  CHECK_FALSE(outbox.takes_more());
}

}  // namespace
}  // namespace recount::test
