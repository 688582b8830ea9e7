// The section of a run's page that has the output, in a browser; and what of long output a page has.
#include <string>
#include <vector>

#include "replay/page/report_output.hpp"
#include "tests/support/readable.hpp"
#include "tests/support/report_page.hpp"
#include "tests/support/sample_logs.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;

// A test that fails says where, in colours and with an escape; another passes. A third writes more than is shown of one line.
void write_talking_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/test", {{0x10, "/src/a.c", {3}, "parse"}}, LogBuilder::Output::seen);
  keep(log, "/src/a.c", "int parse(char* text) {\n  // text\n  return *text;\n}\n");
  log.spawned(100);
  log.exec(100, R"(["ctest"])", image);
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["good"])", image);
  log.wrote(101, 1, "<b>all</b> is well\n");
  log.exited(101, 0);
  log.fork(100, 102);
  log.stop(102);
  log.exec(102, R"(["bad"])", image);
  log.wrote(102, 1, "a.c:3: \x1b[31mFailure\x1b[0m\n  want 3\n");
  log.wrote(102, 2, "\x1b]0;title\x07\xe2\x80\xae warning\n");
  log.wrote(102, 1, "", 77);
  log.wrote(102, 1, "end\n");
  log.exited(102, 1);
  log.exited(100, 8);
  log.echild();
  log.finish();
}

struct Talking {
  Talking() {
    write_talking_log(folder.file("run.db"));
    write_page(folder);
  }
  TemporaryFolder folder;
};

const std::string kOutputWords =
    "return [...document.querySelectorAll('#output-rows .line')].map(e => e.querySelector('.stream').textContent + ' ' "
    "+ "
    "e.querySelector('.detail').textContent)";

TEST_CASE("the output of all processes is a list, and nothing in it acts", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Talking run;
  Browser browser;
  open_page(browser, run.folder);
  browser.press("7");
  REQUIRE(browser.comes("return document.querySelectorAll('#output-rows .line').length === 6"));
  CHECK(browser.answer(kOutputWords) == Json{"out <b>all</b> is well", "out a.c:3: Failure", "out   want 3",
                                             "err \\u{202e} warning", "out … 77 bytes left out …", "out end"});
  CHECK(text_of(browser, "#output-count") == "6 lines");
  CHECK(browser.answer("return document.getElementById('output-none').hidden") == true);
}

TEST_CASE("output is searched by its text, its stream, its test and its process", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Talking run;
  Browser browser;
  open_page(browser, run.folder);
  browser.press("7");
  browser.press("/");
  browser.type("FAILURE a.c");
  REQUIRE(browser.comes("return document.getElementById('output-count').textContent === '1 of 6 lines'"));
  CHECK(browser.answer(kOutputWords) == Json::array({"out a.c:3: Failure"}));
  browser.press("Escape");
  browser.press("Escape");
  CHECK(text_of(browser, "#output-count") == "6 lines");
  const std::string choose =
      "const set = (id, value) => { const field = document.getElementById(id); field.value = value; field.oninput(); "
      "}; ";
  browser.answer(choose + "set('output-stream', '2')");
  CHECK(text_of(browser, "#output-count") == "1 of 6 lines");
  browser.answer(choose + "set('output-stream', '0')");
  CHECK(browser.answer("return [...document.querySelectorAll('#output-test option')].map(e => e.textContent)") ==
        Json{"all tests", "bad", "good"});
  browser.answer(choose + "set('output-test', '0')");
  CHECK(text_of(browser, "#output-count") == "5 of 6 lines");
  go_to(browser, "#output&process=2");
  CHECK(browser.answer(kOutputWords) == Json::array({"out <b>all</b> is well"}));
  go_to(browser, "#output&process=1");  // and all beneath it
  CHECK(text_of(browser, "#output-count") == "6 lines");
}

TEST_CASE("a failure's card has its failed check, with its place in the coverage, and its last lines",
          "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Talking run;
  Browser browser;
  open_page(browser, run.folder);
  const std::string card = text_of(browser, ".failure");
  CHECK(has(card, "A check failed at a.c:3 return *text;The last lines on standard error"));
  CHECK(has(card, "The last lines on standard error\\u{202e} warning"));
  CHECK(has(card, "The last lines on standard outputa.c:3: Failure  want 3"));
  CHECK(text_of(browser, ".said-line.here") == "a.c:3: Failure");
  browser.click(".failure .place");
  CHECK(browser.comes("return location.hash.startsWith('#file=')"));
}

TEST_CASE("the timeline has a mark where a process wrote, and says what", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Talking run;
  Browser browser;
  open_page(browser, run.folder);
  go_to(browser, "#timeline");
  REQUIRE(browser.comes("return document.getElementById('timeline-place').textContent.endsWith('3 processes')"));
  CHECK(browser.answer(
            "const ticks = timeline.drawing.marksOf(run.byUpid.get(3)); "
            "return [ticks.size > 1, [...ticks.values()].includes(true), [...ticks.values()].includes(false)]") ==
        Json{true, true, true});
  CHECK(browser.answer("return timeline.drawing.marksOf(run.byUpid.get(1)).size") == 0);
  CHECK(has(browser
                .answer("const process = run.byUpid.get(2); "
                        "return tipLines(process, timeline.drawing.x(run.output.time[process.lines[0]]))"
                        ".map(line => line.textContent).join('|')")
                .get<std::string>(),
            "wrote: <b>all</b> is well"));
}

TEST_CASE("the output, and what a failure said, are readable in light and in dark", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Talking run;
  for (const auto scheme : {Browser::Scheme::light, Browser::Scheme::dark}) {
    Browser browser(scheme);
    open_page(browser, run.folder);
    check_readable(browser);
    browser.press("7");
    REQUIRE(browser.comes("return document.querySelectorAll('#output-rows .line').length === 6"));
    check_readable(browser);
  }
}

TEST_CASE("a page has the beginning and the end of what is too long for it, and short streams whole", "[report]") {
  const TemporaryFolder folder;
  {
    LogBuilder log(folder.file("run.db"));
    const ImageId image = log.image("/bin/test", {}, LogBuilder::Output::seen);
    log.spawned(100);
    log.exec(100, R"(["a"])", image);
    log.wrote(100, 2, "short\n");
    for (int i = 10; i < 100; ++i) log.wrote(100, 1, "line " + std::to_string(i) + "\n");
    log.exited(100, 0);
    log.finish();
  }
  const LogFile log(folder.file("run.db"));
  History history(log);
  Recount(log).run(&history);
  const auto texts = [&](std::int64_t bytes, std::size_t lines) {
    std::vector<std::string> all;
    for (const OutputLine& line : kept_output(log, history, bytes, lines))
      all.push_back(line.left_out != 0 ? left_out_text(line.left_out) : line.text);
    return all;
  };
  CHECK(texts(1000, 1000).size() == 91);
  CHECK(texts(6 + 32, 1000) ==
        std::vector<std::string>{"short", "line 10", "line 11", "... 688 bytes left out ...", "line 98", "line 99"});
  CHECK(texts(1000, 4) ==
        std::vector<std::string>{"short", "line 10", "... 696 bytes left out ...", "line 98", "line 99"});
}

TEST_CASE("a log without output says so on its page", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_family_log(folder.file("run.db"));
  write_page(folder);
  Browser browser;
  open_page(browser, folder);
  browser.press("7");
  REQUIRE(browser.comes("return !document.getElementById('output-none').hidden"));
  CHECK(has(text_of(browser, "#output-none"), "There is no output in the log: "));
}

}  // namespace
}  // namespace recount::test
