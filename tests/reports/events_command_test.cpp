// events --lines: the lines that were come to, in order; and which of them are asked for.
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

struct Log {
  Log() {
    LogBuilder log(path);
    const ImageId program = log.image("/bin/prog", {{0x10, "/src/a.c", {3}, "main", 2, false},
                                                    {0x20, "/src/a.c", {5}, "main", 2, false},
                                                    {0x30, "/src/a\x1b.c", {9}, "helper", 8, false}});
    log.spawned(100);
    log.exec(100, R"(["prog"])", program);
    log.hit(100, 0x10);
    log.fork(100, 101);
    log.stop(101);
    log.hit(101, 0x20);
    log.hit(100, 0x30);
    log.hit(100, 0x20);
    log.exited(101, 0);
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  Ending events(std::vector<std::string> options) const {
    std::vector<std::string> words{"events", path, "--lines"};
    words.insert(words.end(), options.begin(), options.end());
    return replay(words);
  }
  std::vector<int> lines(std::vector<std::string> options) const {
    options.insert(options.end(), {"--format", "json"});
    std::vector<int> lines;
    for (const Json& step : Json::parse(events(options).output)) lines.push_back(step["line"]);
    return lines;
  }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

using Lines = std::vector<int>;

TEST_CASE("the walk has the lines in the order in which they were come to", "[events]") {
  const Log log;
  CHECK(log.lines({}) == Lines{3, 5, 9, 5});
  CHECK(log.lines({"--thread", "1"}) == Lines{3, 9, 5});
  CHECK(log.lines({"--process", "2"}) == Lines{5});
  CHECK(log.lines({"--file", "a.c"}) == Lines{3, 5, 5});
  CHECK(log.lines({"--line", "9"}) == Lines{9});
  CHECK(log.lines({"--line", "77"}).empty());
  const Ending text = log.events({});
  CHECK_THAT(text.output,
             ContainsSubstring(" p1    t1  /src/a.c:3  main\n") && ContainsSubstring("a\\x1b.c:9  helper\n"));
  CHECK(text.errors.empty());
  const Json first = Json::parse(log.events({"--format", "json"}).output)[0];
  CHECK(first["file"] == "/src/a.c");
  CHECK(first["function"] == "main");
  CHECK(first["utid"] == 1);
  CHECK(first["text"].is_null());
}

TEST_CASE("what chooses events does not choose lines", "[events]") {
  const Log log;
  for (const char* const option : {"--kind=lift", "--signal=SIGTRAP"}) {
    const Ending ending = log.events({option});
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, ContainsSubstring("--lines shows lines"));
  }
}

}  // namespace
}  // namespace recount::test
