// The page of --format html, in a browser: what a reader sees, clicks and presses.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/browser.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/readable.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kOddName = "/src/odd/<b>bold & \"q'\n\xff.c";
const std::string kOddText =
    "int main() { // </script><script>window.bad = 1</script> <!-- <script>\n"
    "\treturn '<' + \"\\\"<b>\";\r\n"
    "}\x01\xe2\x80\xae \xff\n";

void keep(const LogBuilder& log, const std::string& file, const std::string& text) {
  Statement source(log.database(), "INSERT INTO trace_source VALUES (?,?,?)");
  source.bind(1, file).bind(2, static_cast<std::int64_t>(text.size())).bind_blob(3, text).execute();
  Statement of_file(log.database(),
                    "INSERT INTO trace_file_source SELECT file_id, 1, ?, 0, NULL FROM trace_file WHERE path = ?");
  of_file.bind(1, file).bind(2, file).execute();
}

// Three folders: lib has what ran in part, odd what is hostile, gone what has no text.
class Page {
 public:
  Page() {
    LogBuilder log(folder_.file("run.db"));
    const ImageId image = log.image("/bin/prog", {{0x10, "/src/lib/add.c", {3}, "add"},
                                                  {0x14, "/src/lib/add.c", {4}, "add"},
                                                  {0x18, "/src/lib/add.c", {5}, "add"},
                                                  {0x20, "/src/lib/add.c", {8}, "sub"},
                                                  {0x24, "/src/lib/add.c", {9}, "sub"},
                                                  {0x30, "/src/lib/deep/er/x.rs", {1}, "x"},
                                                  {0x40, kOddName, {1, 2}, "operator<< <int>"},
                                                  {0x50, "/src/gone.c", {7, 9}, "gone"}});
    keep(log, "/src/lib/add.c",
         "// adds\n\nint add(int a, int b) {\n  if (a < 0)\n    return b;\n  return a + b;\n}\nint "
         "sub(void) {\n"
         "  return 1;\n}\n");
    keep(log, "/src/lib/deep/er/x.rs", "fn x() {}\n");
    keep(log, kOddName, kOddText);
    log.spawned(100);
    log.exec(100, R"(["prog","--flag"])", image);
    for (const std::uint64_t address : {0x10, 0x14, 0x30, 0x50}) log.hit(100, address);
    log.exited(100, 0);
    log.echild();
    log.finish();
    const Ending ending =
        run({.arguments = {RECOUNT_REPLAY, "coverage", folder_.file("run.db"), "--format", "html", "-o", path()}});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
  }
  std::string path() const { return folder_.file("page.html"); }
  std::string text() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  TemporaryFolder folder_;
};

// Rows of the list: the name's text, and the share's.
const std::string kNames = "return [...document.querySelectorAll('#files tbody tr')].map(r => r.cells[0].textContent)";

Json names(Browser& browser) { return browser.answer(kNames); }

void open_file_of_list(Browser& browser, const std::string& name) {
  browser.answer("for (const a of document.querySelectorAll('#files tbody a')) if (a.textContent === '" + name +
                 "') a.click()");
  REQUIRE(browser.comes("return document.querySelectorAll('.row').length > 0"));
}

std::string text_of(Browser& browser, const std::string& selector) {
  return browser.answer("return document.querySelector('" + selector + "').textContent").get<std::string>();
}

TEST_CASE("the page is one file that names no other", "[page]") {
  const Page page;
  const std::string text = page.text();
  for (const char* word : {"http://", "https://", "src=", "@import", "url("})
    CHECK(text.find(word) == std::string::npos);
  CHECK(text.find("default-src 'none'") != std::string::npos);
  std::size_t scripts = 0;  // the data's and the page's own: a source has not opened another
  for (std::size_t at = text.find("<script"); at != std::string::npos; at = text.find("<script", at + 1)) ++scripts;
  CHECK(scripts == 2);
}

TEST_CASE("the list is a tree of folders with totals, which sorts and filters", "[page][browser]") {
  if (!Browser::is_installed()) return;
  const Page page;
  Browser browser;
  browser.open_file(page.path());
  const auto first = names(browser);
  CHECK(first.at(0) == "lib/");
  CHECK(first.at(1) == "deep/er/");
  CHECK(browser.answer("return [...document.querySelectorAll('.card .big')].map(e => e.textContent)") ==
        Json{"50.0 %", "60.0 %", "50.0 %"});

  browser.click("#files tbody button");  // closes lib
  CHECK(browser.answer("return document.activeElement.getAttribute('aria-expanded')") == "false");
  CHECK(names(browser).at(1) != "deep/er/");
  browser.click("#expand");
  CHECK(names(browser).size() == 7);
  browser.click("#collapse");
  CHECK(names(browser).size() == 3);

  browser.click("th[data-sort=missed] button");
  CHECK(browser.answer("return document.querySelector('th[data-sort=missed]').getAttribute('aria-sort')") ==
        "descending");
  CHECK(names(browser).at(0) == "lib/");
  browser.click("th[data-sort=percent] button");
  CHECK(names(browser).at(0).get<std::string>().substr(0, 4) == "odd/");
  browser.click("th[data-sort=percent] button");
  CHECK(names(browser).at(0) == "gone.c");

  browser.press("/");
  browser.type("add lib");
  CHECK(names(browser) == Json{"lib/add.c"});
  CHECK(text_of(browser, "#shown") == "1 of 4 files");
  browser.press("Escape");
  CHECK(names(browser).size() == 3);
  browser.click("#missed-only");
  CHECK(text_of(browser, "#shown") == "2 of 4 files");
}

TEST_CASE("a file shows its text, its hits, its functions and what did not run", "[page][browser]") {
  if (!Browser::is_installed()) return;
  const Page page;
  Browser browser;
  browser.open_file(page.path());
  browser.click("#expand");
  open_file_of_list(browser, "add.c");
  CHECK(text_of(browser, "#source-title") == "add.c");
  CHECK(browser.answer("return location.hash") == "#file=lib%2Fadd.c");
  CHECK(text_of(browser, "#L4 .t") == "  if (a < 0)");
  CHECK(browser.answer("return [...document.querySelectorAll('.row')].map(r => r.className)") ==
        Json{"row", "row", "row hit", "row hit", "row miss", "row", "row", "row miss", "row miss", "row"});
  CHECK(browser.answer("return [...document.querySelectorAll('.row .h')].map(r => r.textContent)") ==
        Json{"", "", "1", "1", "0", "", "", "0", "0", ""});
  CHECK(browser.answer("return [...document.querySelectorAll('#function-list li')].map(r => r.textContent)") ==
        Json{"1add", "0sub"});
  CHECK(text_of(browser, "#L1 .c") == "// adds");
  CHECK(browser.answer("return document.querySelectorAll('.ruler i').length") ==
        1);  // 5 and 8 are neighbours that count

  browser.press("j");
  CHECK(text_of(browser, "#place") == "1 of 1: lines 5 to 9");
  CHECK(browser.answer("return document.getElementById('L5').classList.contains('here')") == true);
  browser.press("k");
  CHECK(text_of(browser, "#place") == "1 of 1: lines 5 to 9");
  browser.click("#function-list a");
  CHECK(browser.comes("return document.querySelector('.here').id === 'L3'"));
  browser.press("n");
  CHECK(browser.comes("return location.hash.startsWith('#file=odd')"));
  browser.press("p");
  CHECK(browser.comes("return location.hash === '#file=lib%2Fadd.c'"));
  browser.press("?");
  CHECK(browser.answer("return document.getElementById('help').open") == true);
  browser.press("Escape");
  CHECK(browser.answer("return document.getElementById('help').open") == false);
  CHECK(browser.answer("return document.getElementById('overview').hidden") == true);
  browser.press("Escape");
  CHECK(browser.comes("return !document.getElementById('overview').hidden"));
}

TEST_CASE("names and sources of any bytes are text on the page, and nothing else", "[page][browser]") {
  if (!Browser::is_installed()) return;
  const Page page;
  Browser browser;
  browser.open_file(page.path());
  CHECK(browser.answer("return files.map(f => f.path)").at(3) == "odd/<b>bold & \"q'\n\xef\xbf\xbd.c");
  browser.answer("location.hash = fileAddress(files[3])");
  REQUIRE(browser.comes("return document.querySelectorAll('.row').length === 3"));
  CHECK(text_of(browser, "#source-title") == "<b>bold & \"q'\xe2\x90\x8a\xef\xbf\xbd.c");
  CHECK(text_of(browser, "#L1 .t") == "int main() { // </script><script>window.bad = 1</script> <!-- <script>");
  CHECK(text_of(browser, "#L2 .t") == "\treturn '<' + \"\\\"<b>\";");
  CHECK(text_of(browser, "#L3 .t") == "}\xe2\x90\x81\\u{202e} \xef\xbf\xbd");
  CHECK(text_of(browser, "#function-list a") == "operator<< <int>");
  CHECK(browser.answer("return typeof window.bad") == "undefined");
  CHECK(browser.answer("return document.scripts.length") == 2);
  CHECK(browser.answer("return performance.getEntriesByType('resource').length") == 0);

  browser.answer("location.hash = fileAddress(fileByPath.get('gone.c'))");
  REQUIRE(browser.comes("return document.querySelectorAll('.row').length === 2"));
  CHECK(text_of(browser, "#notices .notice").find("neither in the log nor on the disk") != std::string::npos);
}

TEST_CASE("the page is readable in light and in dark", "[page][browser]") {
  if (!Browser::is_installed()) return;
  const Page page;
  std::string grounds;
  for (const auto scheme : {Browser::Scheme::light, Browser::Scheme::dark}) {
    Browser browser(scheme);
    browser.open_file(page.path());
    check_readable(browser);
    browser.click("#expand");
    open_file_of_list(browser, "add.c");
    browser.press("j");
    check_readable(browser);
    browser.press("?");
    check_readable(browser);
    grounds += browser.answer("return getComputedStyle(document.body).backgroundColor").get<std::string>() + " ";
  }
  CHECK(grounds == "rgb(255, 255, 255) rgb(18, 22, 28) ");
}

// --- the size that the page has to bear ---

constexpr int kFiles = 2000;
constexpr std::uint32_t kLinesOfFile = 100;

std::string big_text(int file) {
  std::string text = "// file " + std::to_string(file) + "\n";
  for (std::uint32_t line = 2; line <= kLinesOfFile; ++line)
    text += "  sum_" + std::to_string(file) + " += compute(" + std::to_string(line * 7919u % 1000u) + ");  // step\n";
  return text;
}

void write_big_log(const std::string& path) {
  LogBuilder log(path);
  std::vector<ProbeSpec> probes;
  std::vector<std::string> names;
  for (int file = 0; file < kFiles; ++file) {
    names.push_back("/src/mod" + std::to_string(file % 40) + "/part" + std::to_string(file % 5) + "/unit" +
                    std::to_string(file) + ".c");
    for (std::uint32_t line = 1; line <= kLinesOfFile; ++line)
      probes.push_back({0x1000 + probes.size(), names.back(), {line}, "f" + std::to_string(line / 10)});
  }
  const ImageId image = log.image("/bin/big", probes);
  for (int file = 0; file < kFiles; ++file) keep(log, names[static_cast<std::size_t>(file)], big_text(file));
  log.spawned(100);
  log.exec(100, R"(["big"])", image);
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (i % 7 != 0) log.hit(100, 0x1000 + i);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

double seconds_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

// The time is that of the processor, so that others who are at work do not count. The memory is all
// that is mapped.
TEST_CASE("a page of 2,000 files and 200,000 lines takes at most 2 s and 200 MB, and 4 MB on the disk",
          "[page][cost]") {
  const TemporaryFolder folder;
  write_big_log(folder.file("run.db"));
  const double before = seconds_of_children();
  const std::string limit = kInstrumented ? "" : "ulimit -v 200000; ";
  const Ending ending = run({.arguments = {"sh", "-c", limit + R"(exec "$@")", "sh", RECOUNT_REPLAY, "coverage",
                                           folder.file("run.db"), "--format", "html", "-o", folder.file("page.html")}});
  const double taken = seconds_of_children() - before;
  INFO(ending.errors << taken << " s, " << fs::file_size(folder.file("page.html")) << " bytes");
  REQUIRE(ending.status() == 0);
  CHECK(fs::file_size(folder.file("page.html")) < 4'000'000);
  if (!kInstrumented) CHECK(taken < 2.0);

  if (!Browser::is_installed()) return;
  Browser browser;
  browser.open_file(folder.file("page.html"));
  CHECK(browser.answer("return files.length") == kFiles);
  browser.click("#expand");
  CHECK(names(browser).size() > kFiles);
  browser.press("/");
  browser.type("unit1999");
  CHECK(names(browser) == Json{"mod39/part4/unit1999.c"});
  browser.click("#files tbody a");
  REQUIRE(browser.comes("return document.querySelectorAll('.row').length === 100"));
  CHECK(text_of(browser, "#L1 .t") == "// file 1999");
}

}  // namespace
}  // namespace recount::test
