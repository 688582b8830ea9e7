// The page of a run: the critical path above its timeline, and what its address says.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <string>

#include "tests/support/browser.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/report_page.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;

// A build: two compilers at once, then a linker; the second compiler took longer. What the first one waits for was killed.
void write_build_log(const std::string& path) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", {{0x10, "/src/a.c", {2}, "main"}});
  log.spawned(100);
  log.exec(100, R"(["make"])", image);
  log.starts(100, 101, R"(["cc","a.c"])", image);
  log.starts(101, 110, R"(["as"])", image);
  log.starts(100, 102, R"(["cc","b.c"])", image);
  log.advance(20 * kMillisecond);
  log.signal(110, SIGTERM, 101);
  log.killed(110, SIGTERM);
  log.exited(101, 0);
  log.advance(30 * kMillisecond);
  log.exited(102, 0);
  log.starts(100, 103, R"(["ld"])", image);
  log.advance(10 * kMillisecond);
  log.exited(103, 0);
  log.advance(5 * kMillisecond);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

TEST_CASE("the timeline has the critical path and how many ran at once, as SQL says them", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_build_log(folder.file("run.db"));
  write_page(folder);
  const auto asked = [&](const std::string& query) {
    const Ending ending =
        run({.arguments = {RECOUNT_REPLAY, "query", folder.file("run.db"), query, "--format", "json"}});
    REQUIRE(ending.status() == 0);
    return Json::parse(ending.output);
  };
  Json path = Json::array();
  for (const Json& row : asked("@critical-path"))
    path.push_back({row.at("pid"), static_cast<std::int64_t>(std::llround(row.at("own_ms").get<double>() * 1000))});
  CHECK(path.size() == 3);  // make, the second compiler, the linker
  std::int64_t most = 0;
  for (const Json& row : asked("@concurrency")) most = std::max(most, row.at("running").get<std::int64_t>());
  CHECK(most == 4);
  Browser browser;  // after the last command: one that ends takes all children with it
  open_page(browser, folder);
  CHECK(browser.answer(
            "return run.processes.filter(p => p.own !== null).map(p => [p.pid, Math.round(p.own / 1000)])") == path);
  CHECK(browser.answer("return timeline.crowd.most") == most);
  go_to(browser, "timeline");
  CHECK(browser.comes(
      "const d = timeline.drawing; if (!d) return false; const row = timeline.tracks.findIndex(p => p.pid === 102), "
      "p = timeline.tracks[row], r = devicePixelRatio, at = (x, y) => d.pen.getImageData(Math.round(x * r), "
      "Math.round(y * r), 1, 1).data.join(), x = d.x((p.start + p.end) / 2); return at(x, d.y(row) + 18) !== "
      "at(x, d.y(row) + 8) && at(x, axisHeight + crowdHeight - 4) !== at(d.width - 2, axisHeight + crowdHeight - 4)"));
}

TEST_CASE("what is narrowed is in the address, and who opens that sees the same", "[report][browser]") {
  if (!Browser::is_installed()) return;
  const TemporaryFolder folder;
  write_build_log(folder.file("run.db"));
  write_page(folder);
  Browser browser;
  open_page(browser, folder);
  const auto address = [&] { return browser.answer("return location.hash").get<std::string>(); };
  const auto opened_again = [&](const std::string& hash) {
    browser.open("about:blank");
    browser.open("file://" + folder.file("run.html") + hash);
    REQUIRE(browser.comes("return document.body.dataset.ready === 'yes'"));
  };
  const std::int64_t steps = browser.answer("return history.length").get<std::int64_t>();
  go_to(browser, "processes");
  browser.press("/");
  browser.type("b.c");
  REQUIRE(browser.comes("return location.hash === '#processes&q=b.c'"));
  CHECK(browser.answer("return history.length") == steps + 1);
  opened_again(address());
  CHECK(text_of(browser, "#process-count") == "1 of 5 processes");
  browser.press("Escape");
  CHECK(browser.comes("return location.hash === '#processes'"));

  // Who follows a link while the address of what was narrowed is yet to be written comes to the link's place.
  CHECK(browser.answer("location.hash = '#processes&q=a.c'; writeAddress(); return location.hash") ==
        "#processes&q=a.c");
  REQUIRE(browser.comes("return shown.hash === '#processes&q=a.c'"));

  go_to(browser, "timeline");
  browser.click("#timeline-failed");
  browser.click("#zoom-in");
  REQUIRE(browser.comes("return /^#timeline&failed&from=-?[0-9]+&to=[0-9]+$/.test(location.hash)"));
  const std::string span =
      "return Math.round(timeline.from) + ' ' + Math.round(timeline.to) + ' ' + timeline.tracks.length";
  const Json before = browser.answer(span);
  opened_again(address());
  CHECK(browser.answer(span) == before);
  CHECK(before.get<std::string>().ends_with(" 3"));

  go_to(browser, "events");
  REQUIRE(browser.comes("return document.getElementById('event-kind').options.length > 3"));
  browser.answer(
      "const kind = document.getElementById('event-kind'); kind.value = 'done'; "
      "kind.dispatchEvent(new Event('input', {bubbles: true}))");
  REQUIRE(browser.comes("return location.hash === '#events&kind=done'"));
  const std::string counted = text_of(browser, "#event-count");
  CHECK(has(counted, " of "));
  opened_again("#events&kind=done&q=fork");
  CHECK(
      browser.comes("return document.getElementById('event-kind').value === 'done' && "
                    "document.getElementById('event-filter').value === 'fork'"));
  CHECK(browser.comes(
      "return location.hash === '#events&kind=done&q=fork' || location.hash === '#events&q=fork&kind=done'"));

  opened_again("#coverage&q=nothing-of-this-name");
  CHECK(browser.comes("return document.getElementById('nothing').textContent === 'No file fits.'"));
}

}  // namespace
}  // namespace recount::test
