// coverage --against: what a run no longer executes that an earlier one did.
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

struct Line {
  std::uint32_t line;
  bool ran;
};

// A run of one program of /src/a.c, with that text of it.
void write_log(const std::string& path, const std::vector<Line>& lines, const std::string& text = "") {
  {
    LogBuilder log(path);
    std::vector<ProbeSpec> probes;
    for (const Line& line : lines) probes.push_back({line.line * 0x10ull, "/src/a.c", {line.line}, "main", 1});
    log.spawned(100);
    log.exec(100, R"(["t"])", log.image("/bin/t", probes));
    for (const Line& line : lines)
      if (line.ran) log.hit(100, line.line * 0x10ull);
    log.exited(100, 0);
    log.echild();
    log.finish();
  }
  if (text.empty()) return;
  tamper(path, "INSERT INTO trace_source VALUES ('h', " + std::to_string(text.size()) + ", CAST('" + text +
                   "' AS BLOB)); INSERT INTO trace_file_source VALUES (1, 1, 'h', 0, NULL)");
}

struct Two {
  TemporaryFolder folder;
  std::string base = folder.file("base.db"), now = folder.file("now.db");
  Ending ask(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {RECOUNT_REPLAY, "coverage", now, "--against", base});
    return run({.arguments = options});
  }
  Json json() const { return Json::parse(ask({"--format", "json"}).output); }
};

TEST_CASE("lines that the base ran and this run did not are named, and each file's change", "[coverage][against]") {
  const Two two;
  write_log(two.base, {{3, true}, {4, true}, {5, false}, {6, true}});
  write_log(two.now, {{3, true}, {4, false}, {5, false}, {6, false}, {9, false}});
  const Json file = two.json()["files"][0];
  CHECK((file["no_longer_run"] == Json{4, 6} && file["new_and_not_run"] == Json{9}));
  CHECK((file["before"]["lines_hit"] == 3 && file["now"]["lines_hit"] == 1 && file["now"]["lines"] == 5));
  CHECK_THAT(two.ask().output, ContainsSubstring("   75.0 %   20.0 %   -55.0  /src/a.c\n") &&
                                   ContainsSubstring("no longer run: 4, 6\n") &&
                                   ContainsSubstring("new, and not run: 9\n"));
  CHECK(two.ask().status() == 0);
}

TEST_CASE("a line that an edit moved is compared with where it was", "[coverage][against]") {
  const Two two;
  write_log(two.base, {{1, true}, {2, true}, {3, true}}, "one\ntwo\nthree\n");
  write_log(two.now, {{2, true}, {3, false}, {4, false}}, "new\none\ntwo\nTHREE\n");
  const Json file = two.json()["files"][0];
  CHECK((file["no_longer_run"] == Json{3} && file["new_and_not_run"] == Json{4}));
}

TEST_CASE("--fail-if-lower fails if the share is lower by more than that", "[coverage][against]") {
  const Two two;
  write_log(two.base, {{1, true}, {2, true}, {3, true}, {4, true}});
  write_log(two.now, {{1, true}, {2, true}, {3, true}, {4, false}});
  CHECK(two.ask({"--fail-if-lower", "25"}).status() == 0);
  const Ending lower = two.ask({"--fail-if-lower", "24.9"});
  CHECK(lower.status() == 1);
  CHECK_THAT(lower.errors, ContainsSubstring("coverage of lines is 75.0 %, lower by 25.0 points than in " + two.base));
  write_log(two.folder.file("same.db"), {{1, true}, {2, true}, {3, true}, {4, true}});
  CHECK(run({.arguments = {RECOUNT_REPLAY, "coverage", two.folder.file("same.db"), "--against", two.base,
                           "--fail-if-lower", "0"}})
            .status() == 0);
}

TEST_CASE("what differs in nothing says so, and what cannot be asked is refused", "[coverage][against]") {
  const Two two;
  for (const std::string& path : {two.base, two.now}) write_log(path, {{1, true}, {2, false}});
  CHECK_THAT(two.ask().output, ContainsSubstring("of the lines: no file differs\n"));
  CHECK_THAT(two.ask({"--format", "lcov"}).errors, ContainsSubstring("--against is written as text, json or markdown"));
  CHECK(run({.arguments = {RECOUNT_REPLAY, "coverage", two.now, "--fail-if-lower", "1"}}).status() == 2);
  CHECK(two.ask({"--changed", "x.patch"}).status() == 2);
}

}  // namespace
}  // namespace recount::test
