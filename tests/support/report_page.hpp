// The page that `report` makes of the log run.db in a folder, and a browser that has it open.
#pragma once

#include <string>
#include <vector>

#include "tests/support/browser.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

inline void write_page(const TemporaryFolder& folder, const std::vector<std::string>& options = {}) {
  std::vector<std::string> words{RECOUNT_REPLAY, "report", folder.file("run.db"), "-o", folder.file("run.html")};
  words.insert(words.end(), options.begin(), options.end());
  const Ending ending = run({.arguments = words});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
}

inline void open_page(Browser& browser, const TemporaryFolder& folder) {
  browser.open_file(folder.file("run.html"));
  REQUIRE(browser.comes("return document.body.dataset.ready === 'yes'"));
}

inline void go_to(Browser& browser, const std::string& address) {
  browser.answer("location.hash = '" + address + "'");
  REQUIRE(browser.comes("return shown.hash === location.hash"));
}

// Keeps the text of a file that the first image has lines of.
inline void keep(const LogBuilder& log, const std::string& file, const std::string& text) {
  Statement source(log.database(), "INSERT INTO trace_source VALUES (?,?,?)");
  source.bind(1, file).bind(2, static_cast<std::int64_t>(text.size())).bind_blob(3, text).execute();
  Statement of_file(log.database(),
                    "INSERT INTO trace_file_source SELECT file_id, 1, ?, 0, NULL FROM trace_file WHERE path = ?");
  of_file.bind(1, file).bind(2, file).execute();
}

inline std::string text_of(Browser& browser, const std::string& selector) {
  return browser.answer("return document.querySelector('" + selector + "').textContent").get<std::string>();
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace recount::test
