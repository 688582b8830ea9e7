// why: what is said of lines that ran, did not, are none, or are unknown.
#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

void write_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId program = log.image("/bin/prog", {{0x10, "/src/a.c", {3}, "main", 2, false},
                                                  {0x20, "/src/a.c", {5}, "main", 2, false},
                                                  {0x30, "/src/a.c", {9}, "helper", 8, false},
                                                  {0x40, "/other/a.c", {1}, "other", 1, false}});
  log.image("/bin/unused", {{0x10, "/src/never.c", {4}, "never", 3, false}});
  log.image("/bin/plain", {});
  log.spawned(100);
  log.exec(100, R"(["prog","one"])", program);
  log.fork(100, 101);
  log.stop(101);
  log.hit(101, 0x10);
  log.hit(101, 0x20);
  log.hit(100, 0x20);
  log.exited(101, 0);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

struct Log {
  Log() { write_log(path); }
  Ending why(const std::string& place, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words{"why", path, place};
    words.insert(words.end(), options.begin(), options.end());
    return replay(words);
  }
  Json json(const std::string& place) const { return Json::parse(why(place, {"--format", "json"}).output); }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

TEST_CASE("why says who ran a line first, and after what", "[why]") {
  const Log log;
  const Ending ending = log.why("src/a.c:5");
  CHECK(ending.status() == 0);
  for (const char* const words :
       {"/src/a.c:5 ran: 2 hits in 2 processes", "by pid 101: prog one", "line before it was /src/a.c:3",
        "in function main (line 2)\n", "in /bin/prog, started 1 time"})
    CHECK_THAT(ending.output, ContainsSubstring(words));
  const Json json = log.json("/src/a.c:5");
  CHECK(json["ran"] == true);
  CHECK(json["first"]["upid"] == 2);
  CHECK(json["first"]["after"] == "/src/a.c:3");
  CHECK(log.json("/src/a.c:3")["first"]["after"] == nullptr);
  CHECK_THAT(log.why("/src/a.c:3").output, ContainsSubstring("the first line of its thread"));
}

TEST_CASE("a program is no library of its own, and a library is one of each program that loads it", "[why]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.db");
  {
    LogBuilder log(path);
    const ImageId program = log.image("/bin/prog", {{0x10, "/src/a.c", {3}, "main", 2, false}});
    const ImageId library = log.image("/lib/part.so", {{0x10, "/src/part.c", {4}, "part", 3, false}});
    log.spawned(100);
    log.exec(100, R"(["prog"])", program);
    observed::SignalDeliveryStop stop;
    stop.pc = Address{LogBuilder::kBias + 0x11};
    stop.siginfo.signo = signals::kTrap;
    stop.siginfo.code = kSiKernel;
    stop.placed = {{program, LoadBias{LogBuilder::kBias}}, {library, LoadBias{0x900000}}};
    for (int i = 0; i < 2; ++i) log.observe({Tid{100}, WaitStatus::for_stop(signals::kTrap), stop});
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  CHECK_THAT(replay({"why", path, "a.c:3"}).output, ContainsSubstring("in /bin/prog, started 1 time\n"));
  CHECK_THAT(replay({"why", path, "part.c:4"}).output,
             ContainsSubstring("in /lib/part.so, started 0 times, loaded as a library 1 time\n"));
}

TEST_CASE("why says how near the run came to a line that did not run", "[why]") {
  const Log log;
  const Ending ending = log.why("src/a.c:9");
  CHECK(ending.status() == 1);
  CHECK_THAT(ending.output, ContainsSubstring("/src/a.c:9 did not run") &&
                                ContainsSubstring("in function helper (line 8), which was never entered") &&
                                ContainsSubstring("above it that ran is /src/a.c:5"));
  const Ending unused = log.why("never.c:4");
  CHECK(unused.status() == 1);
  CHECK_THAT(unused.output, ContainsSubstring("no process of the run ran a program or library that has it"));
}

TEST_CASE("why says that a line is none, or that nobody knows its file", "[why]") {
  const Log log;
  const Ending none = log.why("src/a.c:4");
  CHECK(none.status() == 1);
  CHECK_THAT(none.output, ContainsSubstring("is no line of code") && ContainsSubstring("above is /src/a.c:3") &&
                              ContainsSubstring("below is /src/a.c:5"));
  const Ending unknown = log.why("b.c:1");
  CHECK(unknown.status() == 1);
  CHECK_THAT(unknown.output, ContainsSubstring("b.c:1 is not in the log") && ContainsSubstring("/bin/plain: "));
  CHECK(log.json("b.c:1")["known_file"] == false);
}

TEST_CASE("why wants a log and one place", "[why]") {
  const Log log;
  for (const char* const place : {"a.c", "a.c:", "a.c:x", "a.c:0", ":3"}) CHECK(log.why(place).status() == 2);
  CHECK_THAT(log.why("a.c:5").errors, ContainsSubstring("name more of its path"));
  CHECK(replay({"why", log.path}).status() == 2);
}

TEST_CASE("why takes a path from a source root, with dots in it or not", "[why]") {
  const Log log;
  for (const char* const place : {"./a.c:5", "x/../a.c:5", "/src/x/../a.c:5", "/src/./a.c:5", "../src/a.c:5"})
    CHECK(log.json(place)["file"] == "/src/a.c");
  CHECK(log.json("../other/a.c:1")["file"] == "/other/a.c");
  CHECK(log.json("./b.c:5")["known_file"] == false);
}

TEST_CASE("why follows links", "[why]") {
  const TemporaryFolder folder;
  const std::string root = std::filesystem::canonical(folder.path()).string();
  std::filesystem::create_directory(root + "/deep");
  std::filesystem::create_symlink(".", root + "/link");
  LogBuilder log(root + "/run.db");
  log.image("/bin/prog",
            {{0x10, root + "/read.c", {3}, "main", 2, false}, {0x20, root + "/deep/read.c", {3}, "other", 2, false}});
  log.spawned(100);
  log.exited(100, 0);
  log.echild();
  log.finish();
  const auto file_of = [&](const std::string& place) {
    return Json::parse(replay({"why", root + "/run.db", place + ":3", "--format", "json"}).output)["file"];
  };
  CHECK(file_of(root + "/link/read.c") == root + "/read.c");
  CHECK(file_of(root + "/link/deep/read.c") == root + "/deep/read.c");
  CHECK(file_of("deep/read.c") == root + "/deep/read.c");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(root + "/link/deep");
  CHECK(file_of("read.c") == root + "/deep/read.c");
  CHECK(file_of("../read.c") == root + "/read.c");
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace recount::test
