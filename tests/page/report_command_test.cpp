// The page of a run, in a browser: what a reader sees, clicks and presses.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/browser.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/readable.hpp"
#include "tests/support/report_page.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;

const std::string kHostile = "<b>x</b></script><script>window.bad = 1</script><!--\\n\\u202e";  // in JSON
const std::string kShownHostile = "'<b>x</b></script><script>window.bad = 1</script><!--";

// make runs six compilers that end well, one that is called as nobody should be, and a test that dies of a fault.
void write_failing_log(const std::string& path, bool whole = true) {
  LogBuilder log(path);
  const ImageId image =
      log.image("/bin/test",
                {{0x10, "/src/a.c", {2}, "parse"}, {0x14, "/src/a.c", {3}, "parse"}, {0x18, "/src/a.c", {5}, "other"}});
  keep(log, "/src/a.c", "// text\nint parse(char* text) {\n  return *text;  // <i>\n}\nint other;\n");
  log.diagnostic("notice", "odd", "something <u>odd</u>");
  log.spawned(100);
  log.exec(100, R"(["make","all"])");
  for (int pid = 101; pid < 107; ++pid) {
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, R"(["cc","-c","a.c"])");
    log.exited(pid, 0);
  }
  log.fork(100, 107);
  log.stop(107);
  log.exec(107, R"(["sh","-c","x"])");
  log.exec(107, "[\"" + std::string("odd") + "\",\"" + kHostile + "\"]");
  log.exited(107, 0);
  log.fork(100, 108);
  log.stop(108);
  log.exec(108, R"(["test","-v"])", image);
  log.hit(108, 0x10);
  log.hit(108, 0x14);
  log.signal(108, SIGSEGV, 0, 1);
  const Seq fault = log.last_seq() - 1;
  Statement(log.database(), "INSERT INTO trace_crash VALUES (" + std::to_string(fault) + ", 5, NULL, NULL)").execute();
  Statement(log.database(), "INSERT INTO trace_crash_frame VALUES (" + std::to_string(fault) +
                                ",108,0,0,99,'/bin/test',51,'parse','/src/a.c',3),(" + std::to_string(fault) +
                                ",108,1,0,99,'/bin/test',51,NULL,'/etc/passwd',1)")
      .execute();
  log.killed(108, SIGSEGV, true);
  if (!whole) return;
  log.exited(100, 2);
  log.echild();
  log.finish();
}

class Failing {
 public:
  Failing() {
    write_failing_log(folder_.file("run.db"));
    write_page(folder_);
  }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

const std::string kTreeWords = "return [...document.querySelectorAll('#forest .what')].map(e => e.textContent)";

TEST_CASE("the page of a run is one file that names no other", "[report]") {
  const Failing run;
  std::ifstream file(run.folder().file("run.html"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const char* word : {"http://", "https://", "src=", "@import", "url(", "{{", "innerHTML", "eval("})
    CHECK(text.find(word) == std::string::npos);
  CHECK(has(text, "default-src 'none'"));
}

TEST_CASE("who opens the page sees how the run ended and what it failed of", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  Browser browser;
  open_page(browser, run.folder());
  CHECK(text_of(browser, "#outcome") == "Failed");
  CHECK(has(text_of(browser, ".verdict-what"), "exit code 2 after"));
  CHECK(text_of(browser, "#failed-title") == "2 of 9 processes failed");
  CHECK(text_of(browser, "#note-list li") == "notice something <u>odd</u>");

  const std::string first = text_of(browser, ".failure");
  CHECK(has(first, "killed by SIGSEGV (core dumped)first cause/bin/test") == false);  // the path is not the command
  CHECK(has(first, "killed by SIGSEGV (core dumped)first causetest -v"));
  CHECK(has(first, "SEGV_MAPERR at address 0x0, in thread 108"));
  CHECK(text_of(browser, ".frame .fn") == "parse");
  CHECK(text_of(browser, ".excerpt .here") == "3  return *text;  // <i>");
  CHECK(browser.answer("return document.querySelectorAll('.frame').length") == 2);
  CHECK(browser.answer("return document.querySelectorAll('.excerpt').length") == 1);  // nothing of /etc/passwd
  CHECK_FALSE(has(text_of(browser, ".frames"), "root:"));
  CHECK(has(text_of(browser, ".last-lines"), "a.c:2parseint parse(char* text) {"));
  CHECK(browser.answer("return [...document.querySelectorAll('.failure')].map(f => f.open)") == Json{true, true});
  CHECK(has(browser.answer("return document.querySelectorAll('.failure')[1].textContent").get<std::string>(),
            "after a child failed"));

  browser.click(".frame .place");  // leads to the source, with its coverage
  CHECK(browser.comes("return document.querySelectorAll('#code .row').length === 5"));
  CHECK(browser.answer("return document.querySelector('#code .here').id") == "L3");
  CHECK(browser.answer("return document.getElementById('L5').className") == "row miss");
  browser.press("Escape");
  CHECK(browser.comes("return !document.getElementById('overview').hidden"));
}

TEST_CASE("the tree folds siblings, opens, filters, and leads to the details of a process", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  Browser browser;
  open_page(browser, run.folder());
  browser.press("3");
  REQUIRE(browser.comes("return document.querySelectorAll('#forest .line').length === 4"));
  Json words = browser.answer(kTreeWords);
  CHECK(words.at(0) == "100 make all");
  CHECK(words.at(1) == "× 6 cc");
  CHECK(has(words.at(2).get<std::string>(), "107 sh -c x ⇒ odd " + kShownHostile));
  CHECK(words.at(3) == "108 test -v");

  browser.click("#forest");
  browser.press("Home");
  browser.press("Down");
  browser.press("Right");
  CHECK(browser.answer(kTreeWords).size() == 10);
  CHECK(browser.answer("return document.querySelector('#forest .current').getAttribute('aria-expanded')") == "true");
  browser.press("Left");
  CHECK(browser.answer(kTreeWords).size() == 4);
  browser.press("Left");
  browser.press("Left");
  CHECK(browser.answer(kTreeWords) == Json{"100 make all"});
  browser.press("Right");

  browser.press("End");
  browser.press("Enter");
  REQUIRE(browser.comes("return !document.getElementById('details').hidden"));
  CHECK(text_of(browser, "#details-title") == "test -v");
  CHECK(has(text_of(browser, "#details"), "SIGSEGV, of which it died"));
  CHECK(has(text_of(browser, "#details"), "fork ofpid 100 make"));
  browser.click("#details a[href^=\"#failure\"]");
  CHECK(browser.comes("return document.activeElement.closest('.failure')?.id === 'failure-9'"));

  browser.press("3");
  browser.press("/");
  browser.type("odd");
  CHECK(browser.answer(kTreeWords).size() == 2);
  CHECK(text_of(browser, "#process-count") == "1 of 9 processes");
  browser.press("Escape");
  browser.press("Escape");
  CHECK(text_of(browser, "#process-count") == "9 processes");
  browser.click("#failed-only");
  CHECK(browser.answer(kTreeWords) == Json{"100 make all", "108 test -v"});
}

TEST_CASE("the timeline has a track for each process, zooms, moves, and leads to a process", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  Browser browser;
  open_page(browser, run.folder());
  browser.press("4");
  REQUIRE(browser.comes("return document.getElementById('timeline-place').textContent.endsWith('9 processes')"));
  // The test's slice is red: what a reader sees of its failure.
  const std::string is_red =
      "const d = timeline.drawing, row = timeline.tracks.findIndex(p => p.pid === 108), p = timeline.tracks[row], r = "
      "devicePixelRatio;"
      "const pixel = d.pen.getImageData(Math.round((d.x(p.end) - 3) * r), Math.round((d.y(row) + 15) * r), 1, 1).data;"
      "return pixel[0] > 180 && pixel[1] < 120";
  CHECK(browser.comes(is_red));
  const std::string span = "return timeline.to - timeline.from";
  const double whole = browser.answer(span);
  browser.press("+");
  const double nearer = browser.answer(span);
  CHECK(nearer < whole);
  const double from = browser.answer("return timeline.from");
  browser.press("Right");
  CHECK(browser.answer("return timeline.from").get<double>() > from);
  browser.press("-");
  CHECK(browser.answer(span).get<double>() > nearer);
  browser.answer(
      "const box = timeline.canvas.getBoundingClientRect(); timeline.canvas.dispatchEvent(new WheelEvent('wheel', "
      "{deltaY: -200, bubbles: true, cancelable: true, clientX: box.left + 600, clientY: box.top + 50}))");
  CHECK(browser.answer(span).get<double>() < whole);
  browser.press("0");

  browser.press("Down");
  browser.press("End");
  CHECK(has(text_of(browser, "#timeline-said"), "pid 108, test, killed by SIGSEGV"));
  browser.click("#timeline");  // in the middle: no track is there
  CHECK(browser.answer("return document.getElementById('details').hidden") == true);
  browser.click("#tracks");
  browser.press("End");
  browser.press("Enter");
  REQUIRE(browser.comes("return !document.getElementById('details').hidden"));
  CHECK(text_of(browser, "#details-title") == "test -v");
  browser.click("#details a[href^=\"#processes\"]");
  CHECK(browser.comes("return document.querySelector('#forest [aria-selected=true] .pid')?.textContent === '108'"));
  go_to(browser, "timeline");
  browser.click("#timeline-failed");
  CHECK(browser.comes("return document.getElementById('timeline-place').textContent.endsWith('2 processes')"));
}

const std::string kKinds = "return [...document.querySelectorAll('#event-rows .kind')].map(e => e.textContent)";

TEST_CASE("the events are unpacked when they are looked at, and can be filtered", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  Browser browser;
  open_page(browser, run.folder());
  CHECK(browser.answer("return document.querySelectorAll('script.events').length") == 1);
  browser.press("6");
  REQUIRE(browser.comes("return events.rows.length > 30"));
  CHECK(browser.answer(kKinds).at(0) == "spawned");
  CHECK(browser.answer("return [...events.seq].every((seq, i) => seq === i + 1)") == true);

  browser.press("/");
  browser.type("sigsegv");
  CHECK(browser.answer(kKinds) == Json{"signal delivery stop", "cont", "signaled"});
  browser.press("Escape");
  browser.press("Escape");
  CHECK(browser.comes("return document.getElementById('event-count').textContent === events.count + ' events'"));
  browser.answer("const kind = document.getElementById('event-kind'); kind.value = '11'; kind.oninput()");
  CHECK(browser.answer(kKinds).size() == 10);
  go_to(browser, "events&process=9");
  CHECK(browser.comes("return document.querySelector('#event-rows .process')?.textContent === 'test'"));
  CHECK(browser.answer("return [...events.rows].every(i => events.upid[i] === 9)") == true);

  go_to(browser, "events&seq=20");
  CHECK(browser.comes("return document.querySelector('#event-rows [aria-selected=true] .seq')?.textContent === '20'"));
  browser.click("#event-rows [aria-selected=true] .detail");
  browser.press("End");
  CHECK(browser.answer("return document.querySelector('#event-rows .current').index === events.count - 1") == true);
  const std::string last = browser.answer("return document.querySelector('#event-rows .current .kind').textContent");
  CHECK(last == "end");
}

TEST_CASE("of too many events those are kept that tell most, and the page says so", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_failing_log(folder.file("run.db"));
  write_page(folder, {"--max-events", "30"});
  Browser browser;
  open_page(browser, folder);
  browser.press("6");
  REQUIRE(browser.comes("return events.rows.length === 30"));
  CHECK(has(text_of(browser, "#events-left"), "Here are 30:"));
  CHECK(has(text_of(browser, "#events-left"), "recount-replay events LOG"));
  CHECK(browser.answer("return new Set([...events.kind]).has(35)") == false);  // cont
  CHECK(browser.answer(kKinds).at(0) == "spawned");
  CHECK(browser.answer("return kindOf[events.kind[29]].name") == "end");
}

TEST_CASE("all sections are readable in light and in dark", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  for (const auto scheme : {Browser::Scheme::light, Browser::Scheme::dark}) {
    Browser browser(scheme);
    open_page(browser, run.folder());
    check_readable(browser);
    for (const char* address : {"process=9", "timeline&process=8", "coverage", "events", "file=a.c"}) {
      go_to(browser, address);
      REQUIRE(
          browser.comes("return document.getElementById('event-count').textContent.endsWith('events') || "
                        "!location.hash.includes('events')"));
      check_readable(browser);
    }
    browser.press("?");
    check_readable(browser);
  }
}

TEST_CASE("on paper all sections are there, opened", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  Browser browser;
  open_page(browser, run.folder());
  browser.answer("document.querySelector('.failure').open = false; dispatchEvent(new Event('beforeprint'))");
  CHECK(browser.answer("return [...document.querySelectorAll('.failure')].every(f => f.open)") == true);
  CHECK(browser.answer(kTreeWords).size() == 4);
  CHECK(browser.answer("return timeline.canvas.width > 900") == true);
  browser.answer("dispatchEvent(new Event('afterprint'))");
  CHECK(browser.answer("return document.querySelector('.failure').open") == false);
}

TEST_CASE("what a log says is text on the page, and nothing else", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const Failing run;
  Browser browser;
  open_page(browser, run.folder());
  go_to(browser, "process=8");
  REQUIRE(browser.comes("return !document.getElementById('details').hidden"));
  CHECK(has(text_of(browser, "#details"), kShownHostile));
  CHECK(browser.answer("return /[\\u202e\\n]/.test(document.getElementById('details-title').textContent)") == false);
  for (const char* section : {"run", "failures", "processes", "timeline", "coverage", "events"})
    go_to(browser, section);
  CHECK(browser.answer("return typeof window.bad") == "undefined");
  CHECK(browser.answer("return document.querySelectorAll('main u, main script').length") == 0);
  CHECK(browser.answer("return performance.getEntriesByType('resource').length") == 0);
}

TEST_CASE("a log whose recorder was killed has a page that says so", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_failing_log(folder.file("run.db"), false);
  write_page(folder);
  Browser browser;
  open_page(browser, folder);
  CHECK(text_of(browser, "#outcome") == "Cut short");
  CHECK(has(text_of(browser, ".trust"), "the log was cut short after event"));
  CHECK(has(text_of(browser, ".verdict-what"), "not seen to end"));
  CHECK(text_of(browser, "#failed-title") == "1 of 9 processes failed");
}

TEST_CASE("a log without an event has a page", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  { const LogBuilder log(folder.file("run.db")); }
  write_page(folder);
  Browser browser;
  open_page(browser, folder);
  CHECK(has(text_of(browser, ".trust"), "cut short before the first event"));
  for (const char* section : {"failures", "processes", "timeline", "coverage", "events"}) go_to(browser, section);
  CHECK(browser.comes("return document.getElementById('event-count').textContent === '0 events'"));
}

TEST_CASE("ten thousand processes beneath each other are no trouble", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  {
    LogBuilder log(folder.file("run.db"));
    log.spawned(100);
    log.exec(100, R"(["chain"])");
    for (int pid = 101; pid < 10'100; ++pid) {
      log.fork(pid - 1, pid);
      log.stop(pid);
    }
    log.exited(10'099, 1);
    log.finish();
  }
  write_page(folder);
  Browser browser;
  open_page(browser, folder);
  browser.press("3");
  browser.click("#forest");
  browser.press("End");
  CHECK(browser.answer("return document.querySelector('#forest .current .pid').textContent") == "10099");
  CHECK(browser.answer("return document.querySelector('#forest .current').getAttribute('aria-level')") == "10000");
  browser.press("Enter");
  CHECK(browser.comes("return document.getElementById('details').textContent.includes('exit code 1')"));
  browser.click("#close-all");
  CHECK(browser.answer("return forest.lines.length") == 1);
  browser.click("#failed-only");
  CHECK(browser.answer("return forest.lines.length") == 10'000);
}

// 5,000 processes and 500,000 events.
void write_big_log(const std::string& path) {
  constexpr int kProcesses = 5000;
  constexpr std::uint64_t kHits = 31;
  LogBuilder log(path);
  std::vector<ProbeSpec> probes;
  for (std::uint64_t at = 0; at < 2000; ++at)
    probes.push_back(
        {0x1000 + at, "/src/part" + std::to_string(at / 100) + ".c", {static_cast<std::uint32_t>(at % 100 + 1)}, "f"});
  const ImageId image = log.image("/bin/unit", probes);
  log.spawned(100);
  log.exec(100, R"(["make","-j8"])");
  for (int i = 0; i < kProcesses - 1; ++i) {
    const int pid = 1000 + i;
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, R"(["unit","--case=)" + std::to_string(i) + "\"]", image);
    for (std::uint64_t hit = 0; hit < kHits; ++hit)
      log.hit(pid, 0x1000 + (static_cast<std::uint64_t>(i) * 7 + hit) % 2000);
    log.exited(pid, i % 100 == 99);
  }
  log.exited(100, 2);
  log.echild();
  log.finish();
}

TEST_CASE("a page of 5,000 processes and 500,000 events works", "[report][browser][big]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_big_log(folder.file("run.db"));
  write_page(folder);
  Browser browser;
  open_page(browser, folder);
  CHECK(browser.answer("return run.processes.length") == 5000);
  CHECK(browser.answer("return run.counts.events").get<int>() > 480'000);
  browser.press("3");
  CHECK(has(text_of(browser, "#forest"), "× 4,999 unit, 49 failed"));
  browser.press("4");
  CHECK(browser.comes("return document.getElementById('timeline-place').textContent.endsWith('5,000 processes')"));
  browser.press("6");
  REQUIRE(browser.comes("return events.rows.length === run.counts.events"));
  browser.click("#event-rows");
  browser.press("End");
  CHECK(browser.answer("return document.querySelector('#event-rows .current .kind').textContent") == "end");
  browser.press("/");
  browser.type("part7.c:55");
  CHECK(browser.comes("return events.rows.length > 0 && events.rows.length < 1000"));
}

TEST_CASE("several logs are a page of several runs", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_failing_log(folder.file("run.db"));
  write_eventful_log(folder.file("other.db"));
  tamper(folder.file("other.db"), "UPDATE trace_run SET run_uuid = 'another'");
  write_page(folder, {folder.file("other.db")});
  Browser browser;
  open_page(browser, folder);
  CHECK(browser.answer("return document.querySelectorAll('.verdict').length") == 2);
  CHECK(browser.answer("return document.querySelectorAll('.runs tbody tr').length") == 2);
  CHECK(browser.answer(
            "return document.querySelector('#verdicts').firstElementChild.querySelector('table') !== null") == true);
  CHECK(has(text_of(browser, "#what"), "and 1 more run"));
  CHECK(has(text_of(browser, ".legend"), "Each run begins at 0."));
}

TEST_CASE("of many runs there is a table, the failed ones first", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  std::vector<std::string> others;
  for (int run = 0; run < 12; ++run) {
    const std::string path = folder.file(std::to_string(run) + ".db");
    {
      LogBuilder log(path);
      log.spawned(100);
      log.exec(100, R"(["./suite"])");
      log.exited(100, run == 7 ? 3 : 0);
      log.echild();
      log.finish();
    }
    tamper(path, "UPDATE trace_run SET run_uuid = 'run-" + std::to_string(run) + "', argv = '[\"./suite\",\"part" +
                     std::to_string(run) + "\"]'");
    if (run == 0)
      std::filesystem::rename(path, folder.file("run.db"));
    else
      others.push_back(path);
  }
  write_page(folder, others);
  Browser browser;
  open_page(browser, folder);
  CHECK(browser.answer("return document.querySelectorAll('.runs tbody tr').length") == 12);
  CHECK(has(text_of(browser, ".runs tbody tr"), "part7"));
  CHECK(browser.answer("return document.querySelectorAll('.verdict').length") == 0);
}

}  // namespace
}  // namespace recount::test
