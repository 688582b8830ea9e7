#include "tests/support/readable.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace recount::test {
namespace {

using Json = nlohmann::json;

// WCAG 2.1, 1.4.3: the contrast of each text with what lies behind it.
const std::string kLowContrast = R"(
  const parts = c => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.disabled || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(parts(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 20));
  }
  return bad)";

}  // namespace

void check_readable(Browser& browser) {
  CHECK(browser.answer(kLowContrast) == Json::array());
  CHECK(browser.answer("return [...document.querySelectorAll('button, input, a')].filter(e => "
                       "e.checkVisibility() && "
                       "!(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).length") == 0);
}

}  // namespace recount::test
