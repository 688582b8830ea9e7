// diff: the lines, functions and processes that separate two runs; and the selections of
// coverage.
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

Ending replay(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RECOUNT_REPLAY);
  return run({.arguments = arguments});
}

struct Child {
  int pid;
  std::string argv;
  std::vector<std::uint64_t> hits;
  int exit_code = 0;
};

// A root that runs each child, one after the other; all run the same image.
void write_log(const std::string& path, const std::vector<ProbeSpec>& probes, const std::vector<Child>& children,
               const std::string& root = R"(["ctest","-j2"])") {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", probes);
  log.spawned(100);
  log.exec(100, root, image);
  log.hit(100, 0x10);
  for (const Child& child : children) {
    log.fork(100, child.pid);
    log.stop(child.pid);
    log.exec(child.pid, child.argv, image);
    for (const std::uint64_t hit : child.hits) log.hit(child.pid, hit);
    log.exited(child.pid, child.exit_code);
  }
  log.exited(100, 0);
  log.echild();
  log.finish();
}

const std::vector<ProbeSpec> kProbes{{0x10, "/src/a.c", {3}, "main", 2, false},
                                     {0x20, "/src/a.c", {4}, "main", 2, false},
                                     {0x30, "/src/a.c", {8}, "helper", 7, false},
                                     {0x40, "/src/b.c", {1}, "other", 1, false}};

Json diff(const std::string& a, const std::string& b, int status) {
  const Ending ending = replay({"diff", "--format", "json", a, b});
  CHECK(ending.errors == "");
  CHECK(ending.status() == status);
  return Json::parse(ending.output);
}

TEST_CASE("two logs of the same do not differ") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"})
    write_log(folder.file(name), kProbes, {{101, R"(["t","1"])", {0x20}}, {102, R"(["t","2"])", {}}});
  CHECK(diff(folder.file("a"), folder.file("b"), 0)["equal"] == true);
  const Ending text = replay({"diff", folder.file("a"), folder.file("b")});
  CHECK(text.status() == 0);
  CHECK_THAT(text.output, ContainsSubstring("no line, function or process differs"));
}

// The text that a log has of /src/a.c.
void keep_text(const std::string& path, const std::string& text) {
  const std::string size = std::to_string(text.size());
  tamper(path, "INSERT INTO trace_source VALUES ('h', " + size + ", CAST('" + text +
                   "' AS BLOB)); INSERT INTO trace_file_source SELECT file_id, 1, 'h', 0, NULL FROM trace_file "
                   "WHERE path = '/src/a.c'");
}

TEST_CASE("a line that an edit moved is the same line, by the texts in the logs") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  const std::vector<ProbeSpec> moved{{0x10, "/src/a.c", {5}, "main", 4, false},
                                     {0x20, "/src/a.c", {6}, "main", 4, false},
                                     {0x30, "/src/a.c", {9}, "helper", 8, false},
                                     {0x40, "/src/b.c", {1}, "other", 1, false}};
  write_log(a, kProbes, {{101, R"(["t"])", {0x20}}});
  write_log(b, moved, {{101, R"(["t"])", {0x30}}});
  CHECK(diff(a, b, 1)["lines"]["only_b"].size() == 3);
  keep_text(a, "1\n2\nthree\nfour\n5\n6\n7\neight\n");
  keep_text(b, "1\nnew\nnewer\n2\nthree\nFOUR\n6\n7\neight\n");
  const Json lines = diff(a, b, 1)["lines"];
  CHECK(lines["only_a"] == Json::array({{{"file", "/src/a.c"}, {"line", 4}}}));
  CHECK(lines["only_b"] == Json::array({{{"file", "/src/a.c"}, {"line", 6}}}));
  CHECK(lines["executed_only_a"].empty());
  CHECK(lines["executed_only_b"] == Json::array({{{"file", "/src/a.c"}, {"line", 9}}}));
}

TEST_CASE("a source that was edited in between is named, and is no difference by itself") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  for (const std::string& log : {a, b}) write_log(log, kProbes, {});
  keep_text(a, "1\n2\nthree\nfour\n5\n6\n7\neight\n");
  keep_text(b, "1\n2\nthree\nfour\n5\n6\n7\neight\nnine\n");
  const Json json = diff(a, b, 0);
  CHECK((json["edited"] == Json::array({"/src/a.c"}) && json["equal"] == true));
  CHECK_THAT(
      replay({"diff", a, b}).output,
      ContainsSubstring("sources that were edited in between; lines that only moved are the same\n  /src/a.c\n"));
  CHECK(diff(a, a, 0)["edited"].empty());
}

TEST_CASE("files of two checkouts are the same by --map") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  write_log(a, {{0x10, "/one/a.c", {3}, "main", 2, false}}, {});
  write_log(b, {{0x10, "/two/a.c", {3}, "main", 2, false}}, {});
  CHECK(replay({"diff", a, b}).status() == 1);
  const Ending mapped = replay({"diff", "--map", "/one=/src", "--map", "/two=/src", a, b});
  CHECK(mapped.status() == 0);
  CHECK(replay({"diff", "--map", "/one", a, b}).status() == 2);
}

TEST_CASE("the root is the same whatever it was started as, and that is said") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  write_log(a, kProbes, {{101, R"(["t","1"])", {}}}, R"(["sh","run.sh"])");
  write_log(b, kProbes, {{101, R"(["t","1"])", {}}}, R"(["sh","run.sh","--timeout"])");
  CHECK(diff(a, b, 0)["equal"] == true);
  CHECK_THAT(replay({"diff", a, b}).output,
             ContainsSubstring("started as sh run.sh in " + a + ", as sh run.sh --timeout in " + b + "\n"));
}

TEST_CASE("names of temporary files, and pids, are no difference; other arguments are") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  write_log(a, kProbes, {{101, R"(["as","-o","x.o","/tmp/ccKx3Z9a.s"])", {}}, {102, R"(["kill","101"])", {}}});
  write_log(b, kProbes, {{205, R"(["as","-o","x.o","/tmp/ccPq81Rb.s"])", {}}, {207, R"(["kill","205"])", {}}});
  CHECK(diff(a, b, 0)["equal"] == true);
  write_log(folder.file("c"), kProbes,
            {{205, R"(["as","-o","y.o","/tmp/ccPq81Rb.s"])", {}}, {207, R"(["kill","9"])", {}}});
  CHECK(diff(a, folder.file("c"), 1)["processes"]["only_b"].size() == 2);
}

TEST_CASE("tests are the same by their names") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a"), b = folder.file("b");
  write_log(a, kProbes, {{101, R"(["/old/t","--seed=1","--gtest_filter=S.One"])", {}}});
  write_log(b, kProbes, {{101, R"(["/new/t","--seed=2","--gtest_filter=S.One"])", {}}});
  CHECK(diff(a, b, 0)["equal"] == true);
}

TEST_CASE("children in another order, with other pids, are the same processes") {
  const TemporaryFolder folder;
  write_log(folder.file("a"), kProbes, {{101, R"(["t","1"])", {0x20}}, {102, R"(["t","2"])", {}}});
  write_log(folder.file("b"), kProbes, {{205, R"(["t","2"])", {}}, {207, R"(["t","1"])", {0x20}}});
  CHECK(diff(folder.file("a"), folder.file("b"), 0)["equal"] == true);
}

TEST_CASE("what only one of them has, ran or ended otherwise is named") {
  const TemporaryFolder folder;
  auto more = kProbes;
  more.push_back({0x50, "/src/c.c", {5}, "added", 4, false});
  write_log(folder.file("a"), kProbes,
            {{101, R"(["t","1"])", {0x20}}, {102, R"(["t","gone"])", {}}, {103, R"(["t","3"])", {}}});
  write_log(folder.file("b"), more,
            {{101, R"(["t","1"])", {0x30}}, {103, R"(["t","3"])", {}, 1}, {104, R"(["t","3"])", {}}});
  const Json json = diff(folder.file("a"), folder.file("b"), 1);
  CHECK(json["lines"]["only_a"].empty());
  CHECK(json["lines"]["only_b"] == Json::parse(R"([{"file":"/src/c.c","line":5}])"));
  CHECK(json["lines"]["executed_only_a"] == Json::parse(R"([{"file":"/src/a.c","line":4}])"));
  CHECK(json["lines"]["executed_only_b"] == Json::parse(R"([{"file":"/src/a.c","line":8}])"));
  CHECK(json["functions"]["only_b"] == Json::parse(R"([{"file":"/src/c.c","function":"added","line":4}])"));
  CHECK(json["functions"]["executed_only_b"] == Json::parse(R"([{"file":"/src/a.c","function":"helper","line":7}])"));
  REQUIRE(json["processes"]["only_a"].size() == 1);
  CHECK(json["processes"]["only_a"][0]["argv"] == Json::parse(R"(["t","gone"])"));
  REQUIRE(json["processes"]["only_b"].size() == 1);
  CHECK(json["processes"]["only_b"][0]["pid"] == 104);
  REQUIRE(json["processes"]["ended_differently"].size() == 1);
  CHECK(json["processes"]["ended_differently"][0]["b"]["exit_code"] == 1);
  const Ending text = replay({"diff", folder.file("a"), folder.file("b")});
  CHECK(text.status() == 1);
  CHECK_THAT(text.output,
             ContainsSubstring("/src/c.c: 5") && ContainsSubstring("t gone") && ContainsSubstring("helper"));
}

// A root with a child that does what `life` says, in its two threads 101 and 102.
void write_life(const std::string& path, const std::function<void(LogBuilder&)>& life, int code = 0) {
  std::filesystem::remove(path);
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", kProbes);
  log.spawned(100);
  log.exec(100, R"(["ctest"])", image);
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["t\u001b"])", image);
  log.thread(101, 102, 101);
  log.stop(102);
  life(log);
  log.exited(102, code);
  log.exited(101, code);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

Json way(const TemporaryFolder& folder) {
  const Json json = diff(folder.file("a"), folder.file("b"), 1);
  REQUIRE(json["processes"]["went_another_way"].size() == 1);
  return json["processes"]["went_another_way"][0];
}

TEST_CASE("the first event where the same process went another way is named") {
  const TemporaryFolder folder;
  write_life(folder.file("a"), [](LogBuilder& log) { log.signal(101, 10), log.signal(101, 12), log.signal(101, 1); });
  write_life(folder.file("b"), [](LogBuilder& log) {
    log.hit(101, 0x10), log.signal(101, 10), log.fork(101, 103), log.stop(103), log.exited(103, 0);
    log.signal(101, 1);
  });
  const Json first = way(folder);
  CHECK((first["a"]["what"] == "SIGUSR2 was delivered" && first["b"]["what"] == "forked"));
  CHECK((first["a"]["process"]["pid"] == 101 && first["b"]["tid"] == 101));
  const auto events = [&](const char* log, const char* kind) {
    return Json::parse(replay({"events", "--kind", kind, "--format", "json", folder.file(log)}).output);
  };
  CHECK(first["a"]["seq"] == events("a", "signal_delivery_stop")[1]["seq"]);
  CHECK(first["b"]["seq"] == events("b", "event_fork")[1]["seq"]);
  const std::string text = replay({"diff", folder.file("a"), folder.file("b")}).output;
  CHECK_THAT(text, ContainsSubstring("processes that went another way, and where first\n  101, 101 't\\x1b': event ") &&
                       ContainsSubstring(", SIGUSR2 was delivered in ") && ContainsSubstring(", forked in "));
}

TEST_CASE("threads are compared one by one, and each on its own") {
  const TemporaryFolder folder;
  write_life(folder.file("a"), [](LogBuilder& log) { log.signal(101, 10), log.signal(102, 12); });
  write_life(folder.file("b"), [](LogBuilder& log) { log.signal(102, 12), log.signal(101, 10); });
  CHECK(diff(folder.file("a"), folder.file("b"), 0)["equal"] == true);
  write_life(folder.file("b"), [](LogBuilder& log) { log.signal(101, 10); });
  const Json first = way(folder);
  CHECK((first["a"]["tid"] == 102 && first["b"]["what"].is_null() && first["b"]["seq"].is_null()));
}

TEST_CASE("what hangs on time alone is no other way, and a process cut short has not left it") {
  const TemporaryFolder folder;
  write_life(folder.file("a"), [](LogBuilder& log) { log.signal(101, 17), log.signal(101, 14), log.hit(101, 0x20); });
  write_life(folder.file("b"), [](LogBuilder& log) { log.hit(102, 0x20), log.signal(102, 28); });
  CHECK(diff(folder.file("a"), folder.file("b"), 0)["equal"] == true);
  write_life(folder.file("a"), [](LogBuilder& log) { log.signal(101, 10), log.signal(101, 10); });
  write_life(folder.file("b"), [](LogBuilder& log) { log.signal(101, 10), log.signal(101, 10); });
  const Json stops =
      Json::parse(replay({"events", "--kind", "signal_delivery_stop", "--format", "json", folder.file("b")}).output);
  cut(folder.file("b"), stops[0]["seq"].get<Seq>());
  const Json json = diff(folder.file("a"), folder.file("b"), 1);
  CHECK(json["processes"]["ended_differently"].size() == 2);
  CHECK(json["processes"]["went_another_way"].empty());
}

TEST_CASE("a process that ended in another way left the other's at its end") {
  const TemporaryFolder folder;
  write_life(folder.file("a"), [](LogBuilder&) {});
  write_life(
      folder.file("b"), [](LogBuilder&) {}, 3);
  const Json first = way(folder);
  CHECK((first["a"]["what"] == "exit code 0" && first["b"]["what"] == "exit code 3"));
}

// A root that runs a shell, which runs a compiler, and then a linker; how many milliseconds each takes by itself.
void write_timed_log(const std::string& path, std::int64_t shell, std::int64_t compiler, std::int64_t linker) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", {});
  log.spawned(100);
  log.exec(100, R"(["make"])", image);
  log.starts(100, 101, R"(["sh","-c","cc a.c"])", image);
  log.starts(101, 102, R"(["cc","a.c"])", image);
  log.advance(compiler * kMillisecond);
  log.exited(102, 0);
  log.advance(shell * kMillisecond);
  log.exited(101, 0);
  log.starts(100, 103, R"(["ld","a.o"])", image);
  log.advance(linker * kMillisecond);
  log.exited(103, 0);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

TEST_CASE("what took longer is named, but for what waited for it, and what chance explains") {
  const TemporaryFolder folder;
  const auto timed = [&](const char* name, std::int64_t shell, std::int64_t compiler, std::int64_t linker) {
    write_timed_log(folder.file(name), shell, compiler, linker);
    return folder.file(name);
  };
  const auto slower = [](const Words& logs) {
    Words words{"diff", "--format", "json"};
    words.insert(words.end(), logs.begin(), logs.end());
    const Ending ending = replay(words);
    CHECK(ending.status() == 0);
    Words names;
    const Json told = Json::parse(ending.output);
    for (const Json& one : told.at("processes").at("slower"))
      names.push_back(one.at("b").at("argv").at(0).get<std::string>() + " " +
                      std::to_string(one.at("before_ns").get<std::int64_t>() / 1'000'000) + " " +
                      std::to_string(one.at("after_ns").get<std::int64_t>() / 1'000'000));
    return names;
  };
  const std::string good = timed("good", 10, 300, 400);
  CHECK(slower({good, timed("same", 10, 440, 590)}).empty());
  const std::string bad = timed("bad", 10, 900, 500);
  CHECK(slower({good, bad}) == Words{"cc 300 900"});
  CHECK_THAT(replay({"diff", good, bad}).output, ContainsSubstring("processes that took longer in " + bad + "\n") &&
                                                     ContainsSubstring(" instead of 300 ms: cc a.c\n"));
  const std::string steady = timed("steady", 10, 305, 410), wild = timed("wild", 10, 800, 402);
  CHECK(slower({good, bad, "--good", steady}) == Words{"cc 305 900", "ld 410 500"});
  CHECK(slower({good, bad, "--good", steady, "--good", wild}) == Words{"ld 410 500"});
  CHECK(slower({bad, good}).empty());
}

TEST_CASE("diff wants two logs that can be read") {
  const TemporaryFolder folder;
  write_log(folder.file("a"), kProbes, {});
  CHECK(replay({"diff", folder.file("a")}).status() == 2);
  CHECK(replay({"diff", folder.file("a"), folder.file("none")}).status() == 2);
  CHECK(replay({"diff", folder.file("a"), folder.file("a"), folder.file("a")}).status() == 2);
}

// The lines that ran, by coverage with these options.
std::string ran(const std::string& log, std::vector<std::string> options) {
  std::vector<std::string> arguments{"coverage", "--format", "json", log};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Ending ending = replay(arguments);
  if (ending.status() != 0) return ending.errors;
  std::string text;
  const Json json = Json::parse(ending.output);
  for (const Json& file : json["files"])
    for (const Json& line : file["line_coverage"])
      if (line["hits"] != 0)
        text += std::to_string(line["line"].get<int>()) + "x" + std::to_string(line["hits"].get<int>()) + " ";
  return text;
}

struct Tests {
  Tests() {
    write_log(log, kProbes,
              {{101, R"(["/b/unit","--gtest_filter=Suite.One"])", {0x20}},
               {102, R"(["/t/target/debug/deps/parse-0123456789abcdef","--exact","tests::deep"])", {0x30}},
               {103, R"(["/b/cli test","run","--case=slow"])", {0x40}},
               {104, R"(["/b/unit","--gtest_filter=Suite.Two"])", {0x20, 0x30}}});
  }
  TemporaryFolder folder;
  std::string log = folder.file("log");
};

TEST_CASE("--under takes a process and its descendants, by number or by its arguments") {
  const Tests tests;
  CHECK(ran(tests.log, {}) == "3x1 4x2 8x2 1x1 ");
  CHECK(ran(tests.log, {"--under", "1"}) == "3x1 4x2 8x2 1x1 ");
  CHECK(ran(tests.log, {"--under", "2"}) == "4x1 ");
  CHECK(ran(tests.log, {"--under", "ctest*"}) == "3x1 4x2 8x2 1x1 ");
  CHECK(ran(tests.log, {"--under", "/b/unit *"}) == "4x2 8x1 ");
  CHECK(ran(tests.log, {"--under", "unit *.Two"}) == "4x1 8x1 ");
  CHECK_THAT(ran(tests.log, {"--under", "nobody"}),
             ContainsSubstring("no process is nobody") && ContainsSubstring("2 /b/unit --gtest_filter=Suite.One"));
}

TEST_CASE("--test finds what a test is called in its arguments") {
  const Tests tests;
  CHECK(ran(tests.log, {"--test", "Suite.One"}) == "4x1 ");
  CHECK(ran(tests.log, {"--test", "Suite.*"}) == "4x2 8x1 ");
  CHECK(ran(tests.log, {"--test", "parse"}) == "8x1 ");
  CHECK(ran(tests.log, {"--test", "tests::deep"}) == "8x1 ");
  CHECK(ran(tests.log, {"--test", "slow"}) == "1x1 ");
  CHECK(ran(tests.log, {"--test", "cli test"}) == "1x1 ");
  CHECK(ran(tests.log, {"--test", "Suite.*", "--under", "*Two"}) == "4x1 8x1 ");
  CHECK_THAT(ran(tests.log, {"--test", "Suite.Three"}),
             ContainsSubstring("Suite.One") && ContainsSubstring("Suite.Two") && ContainsSubstring("tests::deep"));
}

TEST_CASE("--until counts what had run by then") {
  const Tests tests;
  const Json events = Json::parse(replay({"events", "--kind", "lift", "--format", "json", tests.log}).output);
  REQUIRE(events.size() == 6);
  const auto seq = [&](std::size_t i) { return std::to_string(events[i]["seq"].get<int>()); };
  CHECK(ran(tests.log, {"--until", "1"}) == "");
  CHECK(ran(tests.log, {"--until", seq(0)}) == "3x1 ");
  CHECK(ran(tests.log, {"--until", seq(2)}) == "3x1 4x1 8x1 ");
  CHECK(ran(tests.log, {"--until", seq(5)}) == ran(tests.log, {}));
}

}  // namespace
}  // namespace recount::test
