// The page that `report` makes of a store, in a browser.
#include <fstream>

#include "tests/support/log_builder.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/report_page.hpp"
#include "tests/support/store_team.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;

const std::string kOdd = "Odd.<b>\"&</script>";

// Eight days: one test is broken since the sixth, one is flaky; the topic has one run, that failed.
class StorePage {
 public:
  StorePage() {
    for (int run = 1; run <= 8; ++run)
      team_.add({run,
                 "commit" + std::to_string(run),
                 {{"A.good", true, 10 * run}, {"A.broken", run < 6}, {"A.flaky", run % 2 == 0}, {kOdd}},
                 1 + run % 2});
    RunSpec topic{9, "commit9", {{"A.good", false, 5}, {"A.other"}}};
    topic.branch = "topic";
    team_.add(topic);
    const Ending ending = replay({"report", team_.store, "-o", path()});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
  }
  std::string path() const { return team_.folder.file("store.html"); }
  std::string text() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void open(Browser& browser, const std::string& place = "") const {
    browser.open("file://" + path() + place);
    REQUIRE(browser.comes("return document.body.dataset.ready === 'yes'"));
  }
  const Team& team() const { return team_; }

 private:
  Team team_;
};

std::string cells(const std::string& test) {
  return "return [...[...document.querySelectorAll('#test-rows .line')].find(line => "
         "line.querySelector('.test').textContent === '" +
         test + "').querySelectorAll('.cell')].map(cell => cell.textContent).join('')";
}

const std::string kEnds =
    "return [...document.querySelectorAll('#run-rows .line')].map(line => line.querySelector('.commit').textContent)";

TEST_CASE("the page of a store loads nothing and has no markup of the store's", "[page][store]") {
  const StorePage page;
  CHECK(page.text().find("default-src 'none'") != std::string::npos);
  CHECK(page.text().find("http://") == page.text().find("http://www.w3.org/2000/svg"));
  CHECK(page.text().find("https://") == std::string::npos);
  CHECK(page.text().find(kOdd) == std::string::npos);
}

TEST_CASE("other commands say what helps with a store", "[store]") {
  const StorePage page;
  for (const char* command : {"coverage", "failures", "tree"}) {
    const Ending ending = replay({command, page.team().store});
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, Catch::Matchers::ContainsSubstring("is a store of many runs, not a log; ask it with: "
                                                                 "recount-replay history, flaky,"));
  }
}

TEST_CASE("the page of a store takes no options about sources", "[store]") {
  const StorePage page;
  const Ending ending = replay({"report", page.team().store, "--include", "lib/*"});
  CHECK(ending.status() == 2);
  CHECK_THAT(ending.errors, Catch::Matchers::ContainsSubstring("a store has no sources; --include is for the page of"));
}

TEST_CASE("runs stand the newest first or the red first, and the fields narrow them", "[page][store]") {
  if (!Browser::is_installed()) return;
  const StorePage page;
  Browser browser;
  page.open(browser);
  CHECK(browser.answer(kEnds)[0] == "commit9");
  CHECK(browser.answer(kEnds).size() == 9);
  CHECK(text_of(browser, "#newest tr").find("topic") != std::string::npos);
  browser.answer(
      "const field = document.getElementById('order'); field.value = 'red'; "
      "field.dispatchEvent(new Event('change', {bubbles: true}))");
  CHECK(browser.comes("return location.hash === '#runs&order=red'"));
  CHECK(browser.answer(kEnds) ==
        Json{"commit9", "commit8", "commit7", "commit6", "commit5", "commit3", "commit1", "commit4", "commit2"});
  browser.press("/");
  browser.type("commit2 main");
  CHECK(browser.comes("return location.hash === '#runs&q=commit2%20main&order=red'"));
  CHECK(browser.answer(kEnds) == Json{"commit2"});
  CHECK(text_of(browser, "#count") == "1 of 9 runs");
  page.open(browser, "#runs&branch=topic");
  CHECK(browser.answer(kEnds) == Json{"commit9"});
  browser.press("Escape");
  CHECK(browser.comes("return document.querySelectorAll('#run-rows .line').length === 9"));
}

TEST_CASE("tests are a grid with a mark for each run, and what failed last stands first", "[page][store]") {
  if (!Browser::is_installed()) return;
  const StorePage page;
  Browser browser;
  page.open(browser, "#tests&branch=main");
  CHECK(browser.answer(cells("A.broken")) == "✓✓✓✓✓✗✗✗");
  CHECK(browser.answer(cells("A.flaky")) == "✗✓✗✓✗✓✗✓");
  CHECK(browser.answer(cells(kOdd)) == "✓✓✓✓✓✓✓✓");
  CHECK(text_of(browser, "#test-rows .line .test") == "A.broken");
  CHECK(browser.answer("return document.querySelectorAll('#test-rows .line svg').length > 2") == true);
  page.open(browser, "#tests");
  CHECK(browser.answer(cells("A.other")) == "✓");
  CHECK(has(browser.answer("return document.querySelector('#test-rows .line').getAttribute('aria-label')"), "failed"));
}

TEST_CASE("a run and a test have details, and the address names them", "[page][store]") {
  if (!Browser::is_installed()) return;
  const StorePage page;
  Browser browser;
  page.open(browser, "#tests&branch=main");
  browser.click("#test-rows .line .test");
  CHECK(browser.comes("return location.hash.includes('test=A.broken')"));
  CHECK(has(text_of(browser, "#test-details"), "3 of 8 runs"));
  browser.click("#test-details .past a");
  CHECK(browser.comes("return location.hash.startsWith('#runs&') && location.hash.includes('run=')"));
  CHECK(has(text_of(browser, "#run-details"), "commit8"));
  CHECK(has(text_of(browser, "#run-details"), "A.broken"));
  browser.press("Escape");
  CHECK(browser.comes("return document.getElementById('run-details').hidden"));
  CHECK(browser.answer("return location.hash") == "#runs&branch=main");
}

TEST_CASE("the page fits a telephone and a dark room", "[page][store]") {
  if (!Browser::is_installed()) return;
  const StorePage page;
  Browser browser(Browser::Scheme::dark);
  browser.be_wide(400);
  for (const std::string place : {"#runs", "#tests"}) {
    page.open(browser, place);
    CHECK(browser.comes(
        "return document.documentElement.scrollWidth <= innerWidth && "
        "[...document.querySelectorAll('.line')].every(line => line.scrollWidth <= line.clientWidth + 1)"));
  }
  CHECK(browser.answer("return getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)");
}

}  // namespace
}  // namespace recount::test
