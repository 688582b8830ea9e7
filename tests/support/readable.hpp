// Checks that all text that a browser shows can be read: its contrast is that of WCAG 2.1, and what can be pressed has a name.
#pragma once

#include "tests/support/browser.hpp"

namespace recount::test {

void check_readable(Browser& browser);

}  // namespace recount::test
